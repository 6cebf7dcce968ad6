"""The server's sockets and its orderly end."""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from small_app import Running, listen
from websockets.asyncio.client import connect

from app.core import server as server_module
from app.core.config import Settings
from app.core.errors import StartError
from app.core.server import address_to_open, bind_sockets, handled_signals, listening, server_config

Serve = Callable[..., Awaitable[Running]]


async def test_c4_a_stop_drains_while_connections_are_open_and_then_closes_them_with_1012(serve: Serve) -> None:
    sends: list[Callable[..., Awaitable[None]]] = []

    async def behave(running: Running, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        sends.append(send)
        await listen(running, receive, send)

    running = await serve(behave)

    async def drain() -> None:
        await asyncio.sleep(0.05)
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection("127.0.0.1", running.port)
        await sends[0]({"type": "websocket.send", "text": "bye"})

    running.server.drain = drain
    async with connect(running.url) as ws:
        running.server.stop()
        assert await ws.recv() == "bye"
        await ws.wait_closed()
    assert ws.close_code == 1012


async def test_a_drain_that_fails_is_logged_and_the_end_goes_on(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    async def drain() -> None:
        raise OSError("the disk is full")

    running = await serve()
    running.server.drain = drain
    async with connect(running.url) as ws:
        running.server.stop()
        await ws.wait_closed()
    assert "the disk is full" in caplog.text


async def test_a_drain_does_not_last_for_ever(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "DRAIN_SECONDS", 0.1)
    running = await serve()
    running.server.drain = lambda: asyncio.sleep(60)
    async with connect(running.url) as ws:
        running.server.stop()
        await asyncio.wait_for(ws.wait_closed(), 2)


async def test_a_second_signal_gives_up_waiting(serve: Serve) -> None:
    running = await serve()
    running.server.drain = lambda: asyncio.sleep(60)
    async with connect(running.url) as ws:
        running.server.stop()
        await asyncio.sleep(0.05)
        running.server.stop()
        await asyncio.wait_for(ws.wait_closed(), 2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_signals_stop_it_and_are_not_raised_again(serve: Serve, number: signal.Signals) -> None:
    running = await serve()
    before = signal.getsignal(number)
    with running.server.capture_signals():
        with running.server.capture_signals():
            pass
        os.kill(os.getpid(), number)
        await asyncio.sleep(0.05)
        assert running.server.should_exit
    assert signal.getsignal(number) in (before, signal.default_int_handler)


def test_a_hang_up_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert handled_signals() == (signal.SIGINT, signal.SIGTERM)
    signal.signal(signal.SIGHUP, before)


async def test_it_answers_http_and_tells_nothing_of_itself(serve: Serve) -> None:
    running = await serve()
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{running.port}/")
    assert answer.text == "hello"
    assert "server" not in answer.headers
    assert "date" in answer.headers


def test_of_two_only_one_gets_a_port() -> None:
    with listening("127.0.0.1", 0) as sockets:
        port = sockets[0].getsockname()[1]
        with pytest.raises(StartError, match=rf"port {port} is in use on 127\.0\.0\.1: choose another with --port"):
            bind_sockets("127.0.0.1", port)
    with listening("127.0.0.1", port):
        pass


def test_localhost_is_every_address_of_that_name_on_one_port() -> None:
    with listening("localhost", 0) as sockets:
        assert len({each.getsockname()[1] for each in sockets}) == 1


def test_a_host_that_is_not_here_is_told() -> None:
    with pytest.raises(StartError, match=r"203\.0\.113\.1"):
        bind_sockets("203.0.113.1", 0)
    with pytest.raises(StartError, match="--host"):
        bind_sockets("no-such-host.invalid", 0)


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "http://localhost:{}"), ("::1", "http://localhost:{}"), ("127.0.0.2", "http://127.0.0.2:{}")],
)
def test_the_address_to_open_is_one_that_a_browser_can_open(host: str, address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert address_to_open(host, [listener]) == address.format(listener.getsockname()[1])


def test_the_configuration_follows_the_settings() -> None:
    config = server_config(lambda: None, Settings(max_frame=2048, silence_seconds=7, stall_seconds=8))
    assert config.ws_max_size == 2048
    assert (config.ws.silence_seconds, config.ws.stall_seconds) == (7, 8)
    assert config.ws_ping_interval is None
    assert not config.ws_per_message_deflate
    assert not config.proxy_headers
