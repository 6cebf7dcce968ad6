"""Who has sent a request that came through web servers in front: believed from trusted ones only."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from app.utils.addresses import address_key, parse_address

Network = IPv4Network | IPv6Network
Headers = Callable[[str], Sequence[str]]
"""All values of a header, in the order in which they stand, by its name in lower case."""

HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
SCHEMES = {"http", "https"}
TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110's word
PAIR = re.compile(rf'[ \t]*({TOKEN})=(?:({TOKEN}|[\[\]:.0-9A-Fa-f]+)|"((?:[^"\\]|\\.)*)")[ \t]*(;|,|$)')
"""One `name=value` of a `Forwarded` header, and what follows it (RFC 7239, section 4)."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request is from, and the scheme and host that it was sent to, where a proxy told of them."""

    address: str
    scheme: str | None = None
    host: str | None = None

    @property
    def key(self) -> str:
        """As what the address counts (H5)."""
        return address_key(self.address)


class Proxies:
    """The web servers in front, by the networks that they are in."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks: tuple[Network, ...] = tuple(ip_network(each) for each in networks)

    def trusted(self, host: str) -> bool:
        """Is that one of the trusted?"""
        address = parse_address(host)
        return address is not None and any(address in each for each in self._networks)

    def caller(self, peer: str, headers: Headers) -> Caller:
        """Who has sent the request that `peer` delivered: the right-most hop that is not trusted.

        A chain that cannot be read, or two headers that tell of different addresses, leave the peer itself: a proxy
        writes one of them, and may pass on what somebody has made up in the other.
        """
        if not self.trusted(peer):
            return Caller(peer)
        chain, elements = _chain(headers("x-forwarded-for")), _elements(headers("forwarded"))
        element = elements[self._hop([each.get("for", "") for each in elements])] if elements else {}
        told = [chain[self._hop(chain)]] if chain else []
        told += [element.get("for", "")] if elements else []
        addresses = {parse_address(each) for each in told}
        address = addresses.pop() if len(addresses) == 1 else None
        scheme = _agreed(_last(headers("x-forwarded-proto")), element.get("proto", "")).lower()
        host = _agreed(_last(headers("x-forwarded-host")), element.get("host", ""))
        return Caller(
            str(address or peer), scheme if scheme in SCHEMES else None, host if HOST.fullmatch(host) else None
        )

    def _hop(self, chain: Sequence[str]) -> int:
        """Where the right-most hop stands that is not trusted, or cannot be read; else the first."""
        places = range(len(chain) - 1, -1, -1)
        return next((place for place in places if not self.trusted(chain[place])), 0)


def _chain(values: Sequence[str]) -> list[str]:
    """The hops of `X-Forwarded-For`."""
    return [each.strip(" \t") for each in ",".join(values).split(",") if each.strip(" \t")]


def _elements(values: Sequence[str]) -> list[dict[str, str]]:
    """The hops of `Forwarded`, each as its pairs; one that tells nothing for a header that cannot be read."""
    text = ",".join(values)
    elements: list[dict[str, str]] = [{}]
    place = 0
    while place < len(text):
        found = PAIR.match(text, place)
        if found is None or found[1].lower() in elements[-1]:
            return [{}]
        elements[-1][found[1].lower()] = found[2] or re.sub(r"\\(.)", r"\1", found[3] or "")
        elements += [{}] if found[4] == "," else []
        place = found.end()
    return elements if values else []


def _last(values: Sequence[str]) -> str:
    """What the nearest proxy has said."""
    return ",".join(values).rpartition(",")[2].strip(" \t")


def _agreed(one: str, other: str) -> str:
    """What one of two headers says, if the other does not say something else."""
    return one or other if not one or not other or one == other else ""
