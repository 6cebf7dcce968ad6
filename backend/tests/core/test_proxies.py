"""Whom a request is from, when web servers in front tell of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.proxies import Caller, Proxies

PROXIES = Proxies(["10.0.0.0/8", "2001:db8:1::/64"])
PEER = "10.0.0.1"


def caller(peer: str = PEER, **headers: str | list[str]) -> Caller:
    """Who it is, by headers given with `_` for `-`."""
    given = {name.replace("_", "-"): [value] if isinstance(value, str) else value for name, value in headers.items()}
    return PROXIES.caller(peer, lambda name: given.get(name, []))


@pytest.mark.parametrize("peer", ["192.0.2.9", "11.0.0.1", "2001:db8:2::1", "testclient"])
def test_h5_nobody_else_is_believed(peer: str) -> None:
    spoofed = caller(
        peer,
        x_forwarded_for="192.0.2.1",
        forwarded="for=192.0.2.1;proto=https;host=example.org",
        x_forwarded_proto="https",
        x_forwarded_host="example.org",
    )
    assert spoofed == Caller(peer)


def test_h5_nobody_is_trusted_by_default() -> None:
    assert Proxies([]).caller("127.0.0.1", lambda _: ["192.0.2.1"]) == Caller("127.0.0.1")


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("6.6.6.6, 192.0.2.1", "192.0.2.1"),
        ("6.6.6.6, 192.0.2.1, 10.9.9.9", "192.0.2.1"),
        ("6.6.6.6,192.0.2.1 ,\t::ffff:10.1.1.1,2001:db8:1::5", "192.0.2.1"),
        ("garbage, 192.0.2.1", "192.0.2.1"),
        ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("", PEER),
        (" , ,", PEER),
        ("garbage", PEER),
        ("unknown", PEER),
        ("192.0.2.1, unknown", PEER),
        ("192.0.2.1, garbage, 10.2.2.2", PEER),
        ("192.0.2.1;", PEER),
        ("192.0.2.1, 1.2.3", PEER),
        ("example.org", PEER),
    ],
)
def test_h5_the_right_most_hop_that_is_not_trusted_counts(chain: str, address: str) -> None:
    assert caller(x_forwarded_for=chain).address == address


def test_h5_several_headers_are_one_chain() -> None:
    assert caller(x_forwarded_for=["6.6.6.6", "192.0.2.1, 10.1.1.1"]).address == "192.0.2.1"
    assert caller(forwarded=["for=6.6.6.6", "for=192.0.2.1, for=10.1.1.1"]).address == "192.0.2.1"


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        ("for=192.0.2.1", "192.0.2.1"),
        ("For=192.0.2.1;Proto=https;By=10.0.0.1", "192.0.2.1"),
        ('for="192.0.2.1:4711"', "192.0.2.1"),
        ('for="[2001:db8::1]:4711"', "2001:db8::1"),
        ('for="[2001:db8::1]"', "2001:db8::1"),
        ("for=6.6.6.6, for=192.0.2.1;by=10.0.0.9 , for=10.9.9.9", "192.0.2.1"),
        (r'for="1\92.0.2.1"', "192.0.2.1"),
        ('host="a,b;c";for=192.0.2.1', "192.0.2.1"),
        ("for=unknown", PEER),
        ("for=_hidden", PEER),
        ('for="_hidden:1"', PEER),
        ("for=192.0.2.1, for=unknown", PEER),
        ("for=192.0.2.1, proto=https", PEER),
        ("for=192.0.2.1;for=192.0.2.2", PEER),
        ('for="192.0.2.1', PEER),
        ("for=192.0.2.1 6.6.6.6", PEER),
        ("192.0.2.1", PEER),
        ("=;,", PEER),
        ("", PEER),
    ],
)
def test_h5_forwarded_is_read_as_rfc_7239_says(chain: str, address: str) -> None:
    assert caller(forwarded=chain).address == address


def test_h5_headers_that_contradict_each_other_are_not_believed() -> None:
    assert caller(x_forwarded_for="192.0.2.1", forwarded="for=192.0.2.1").address == "192.0.2.1"
    assert caller(x_forwarded_for="192.0.2.1", forwarded="for=6.6.6.6").address == PEER
    assert caller(x_forwarded_for="192.0.2.1", forwarded="garbage").address == PEER


def test_scheme_and_host_are_those_of_the_proxy() -> None:
    assert caller(x_forwarded_proto="https", x_forwarded_host="a.org:8443") == Caller(PEER, "https", "a.org:8443")
    told = caller(forwarded='for=192.0.2.1;proto=HTTPS;host="[::1]:80", for=10.1.1.1;proto=http;host=b.org')
    assert told == Caller("192.0.2.1", "https", "[::1]:80")
    assert caller(x_forwarded_proto="http, https", x_forwarded_host="evil.org, a.org") == Caller(PEER, "https", "a.org")
    assert caller(x_forwarded_proto="http", forwarded="for=192.0.2.1;proto=https").scheme is None


@pytest.mark.parametrize("host", ["a.org/x", "a@b.org", "a b", 'a"', "a.org:x", "ä.org", "", "[g]"])
def test_a_host_that_is_none_is_not_believed(host: str) -> None:
    assert caller(x_forwarded_host=host).host is None
    assert caller(x_forwarded_proto=host).scheme is None


def test_h5_ipv6_counts_by_its_64() -> None:
    assert caller(x_forwarded_for="2001:db8:2:3:4:5:6:7").key == "2001:db8:2:3::/64"


@given(st.lists(st.text()), st.lists(st.text()), st.text(), st.text())
def test_no_header_is_a_crash(chain: list[str], elements: list[str], scheme: str, host: str) -> None:
    told = caller(x_forwarded_for=chain, forwarded=elements, x_forwarded_proto=scheme, x_forwarded_host=host)
    assert told.scheme in (None, "http", "https")


@given(st.text(alphabet='for=192.0;, "\\[:]proto', max_size=60))
def test_no_forwarded_header_is_a_crash_or_endless(text: str) -> None:
    caller(forwarded=text)
