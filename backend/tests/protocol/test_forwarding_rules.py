"""H5: who an address is, with proxies in front and with people who say that they are some, over real HTTP."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import pytest
from outside import ask
from processes import healthy
from server_process import ServerProcess
from wire_door import http

pytestmark = pytest.mark.process

TRUSTED = "127.2.0.0/16"
PROXY, STRANGER = "127.2.0.1", "127.3.0.1"


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that trusts a network of proxies."""
    running = ServerProcess(tmp_path_factory.mktemp("behind") / "data", {"WHITEBOARD_TRUSTED_PROXIES": TRUSTED})
    with healthy(running):
        yield running


async def created(server: ServerProcess, source: str, headers: dict[str, str]) -> tuple[str, str]:
    """Make a room from an address; give the one that was stored for it, and the invite link."""
    async with http(server.url, source) as client:
        answer = await client.post("/api/rooms", json={"name": "Ada"}, headers=headers)
    assert answer.status_code == 201, answer.text
    [(ip,)] = ask(server.data_dir, "SELECT creator_ip FROM room WHERE id = ?", UUID(answer.json()["room"]["id"]))
    return ip, answer.json()["invite_url"].split("/r/")[0]


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"X-Forwarded-For": "192.0.2.1"}, "192.0.2.1"),
        ({"X-Forwarded-For": "6.6.6.6, 192.0.2.2, 127.2.9.9"}, "192.0.2.2"),
        ({"X-Forwarded-For": "[2001:db8:1:2:3::4]:4711"}, "2001:db8:1:2::/64"),
        ({"X-Forwarded-For": "::ffff:192.0.2.3"}, "192.0.2.3"),
        ({"X-Forwarded-For": "garbage"}, PROXY),
        ({"Forwarded": 'for="[2001:db8:1:3::]";proto=https'}, "2001:db8:1:3::/64"),
        ({"Forwarded": "for=6.6.6.6, for=192.0.2.4"}, "192.0.2.4"),
        ({"Forwarded": "for=6.6.6.6", "X-Forwarded-For": "192.0.2.5"}, PROXY),
        ({}, PROXY),
    ],
)
async def test_h5_a_trusted_proxy_tells_who_it_is(behind: ServerProcess, headers: dict[str, str], address: str) -> None:
    assert (await created(behind, PROXY, headers))[0] == address


async def test_h5_nobody_else_is_believed(behind: ServerProcess, server: ServerProcess) -> None:
    spoofed = {
        "X-Forwarded-For": "192.0.2.1",
        "X-Real-IP": "192.0.2.1",
        "Forwarded": "for=192.0.2.1;proto=https;host=evil.example.org",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example.org",
    }
    here = f"http://127.0.0.1:{behind.port}"
    assert await created(behind, STRANGER, spoofed) == (STRANGER, here)
    assert await created(behind, STRANGER, {"X-Forwarded-For": PROXY}) == (STRANGER, here)
    for source in ("127.0.0.1", PROXY):
        assert await created(server, source, spoofed) == (source, f"http://127.0.0.1:{server.port}")


async def test_the_scheme_and_host_of_invite_links_are_the_proxys(behind: ServerProcess) -> None:
    told = {"X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "board.example.org"}
    assert await created(behind, PROXY, told) == ("192.0.2.9", "https://board.example.org")
    told = {"Forwarded": 'for=192.0.2.9;proto=https;host="board.example.org:8443"'}
    assert await created(behind, PROXY, told) == ("192.0.2.9", "https://board.example.org:8443")
    wrong = {"X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "a b/#c"}
    assert (await created(behind, PROXY, wrong))[1] == f"http://127.0.0.1:{behind.port}"


async def test_h5_somebody_behind_a_proxy_cannot_make_up_places(behind: ServerProcess) -> None:
    """What a proxy appends counts, whatever stood there before."""
    chains = [f"10.0.0.{number}, 192.0.2.77" for number in range(8)]
    stored = await asyncio.gather(*(created(behind, PROXY, {"X-Forwarded-For": chain}) for chain in chains))
    assert {address for address, _ in stored} == {"192.0.2.77"}
