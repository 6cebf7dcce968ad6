"""IP addresses as sockets and headers spell them, and as what an address counts."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_SPELLING = re.compile(r"(?:\[(?P<bracketed>[^\[\]]+)\]|(?P<four>[0-9.]+))(?::[0-9]{1,5})?")
PREFIX = 64
"""Bits of an IPv6 address that stand for one subscriber: the rest is his to choose."""


def parse_address(text: str) -> Address | None:
    """The address in `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`, else None.

    An IPv4 address that is mapped into IPv6 (`::ffff:192.0.2.1`) is the IPv4 address; a zone (`%eth0`) is left out.
    """
    found = _SPELLING.fullmatch(text)
    bare = (found["bracketed"] or found["four"]) if found else text
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return None if found and found["four"] else address.ipv4_mapped or address
    return None if found and found["bracketed"] else address


def address_key(text: str) -> str:
    """As what an address counts (H5): an IPv6 address as its /64; what is no address, as it is."""
    address = parse_address(text)
    if address is None:
        return text
    return str(IPv6Network((address, PREFIX), strict=False)) if isinstance(address, IPv6Address) else str(address)
