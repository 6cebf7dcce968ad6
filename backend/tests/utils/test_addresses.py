"""Addresses as sockets and headers spell them."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.utils.addresses import address_key, parse_address

GOOD = {
    "192.0.2.1": "192.0.2.1",
    "192.0.2.1:80": "192.0.2.1",
    "2001:db8::1": "2001:db8::1",
    "2001:DB8:0::1": "2001:db8::1",
    "[2001:db8::1]": "2001:db8::1",
    "[2001:db8::1]:65535": "2001:db8::1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "[::ffff:192.0.2.1]:80": "192.0.2.1",
    "::ffff:c000:201": "192.0.2.1",
    "fe80::1%eth0": "fe80::1",
    "[fe80::1%25eth0]:80": "fe80::1",
}
BAD = (
    "",
    "unknown",
    "_hidden",
    "192.0.2",
    "192.0.2.256",
    "192.0.2.01",
    "192.0.2.1:",
    "192.0.2.1:http",
    "192.0.2.1:123456",
    "[192.0.2.1]",
    "[2001:db8::1",
    "2001:db8::1]",
    "[2001:db8::1]x",
    "[]",
    "[[::1]]",
    " 192.0.2.1",
    "192.0.2.1\n",
    "192.0.2.1, 192.0.2.2",
    "http://192.0.2.1",
    "example.org",
    "٣.0.2.1",
    "1",
    "%eth0",
)


@pytest.mark.parametrize("text", GOOD)
def test_addresses_are_read_in_every_spelling(text: str) -> None:
    assert str(parse_address(text)) == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_address_is_none(text: str) -> None:
    assert parse_address(text) is None


@given(st.text())
def test_no_text_is_a_crash(text: str) -> None:
    parse_address(text)
    address_key(text)


@given(st.ip_addresses(v=6), st.ip_addresses(v=6))
def test_h5_ipv6_counts_by_its_64(one: IPv6Address, other: IPv6Address) -> None:
    if one.ipv4_mapped is None and other.ipv4_mapped is None:
        assert (address_key(str(one)) == address_key(f"[{other}]:80")) == (int(one) >> 64 == int(other) >> 64)


@given(st.ip_addresses(v=4))
def test_h5_ipv4_counts_as_it_is_also_within_ipv6(address: IPv4Address) -> None:
    assert address_key(str(address)) == address_key(f"::ffff:{address}") == str(address)


def test_h5_what_is_no_address_counts_as_it_is() -> None:
    assert address_key("testclient") == "testclient"
