"""Waiting for an answer of Redis: a process that is late itself reads what has come, before it gives up."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvloop
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as RedisTimeout

from app.core.patience import LOOKS, Patience
from app.core.redis_client import make_client

SECONDS = 0.05


class FakeRedis:
    """Finds all in order, and answers GET when told to; in a thread of its own."""

    def __init__(self, *, answers: bool) -> None:
        self.asked, self.go, self.answered = threading.Event(), threading.Event(), threading.Event()
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        with client:
            while asked := client.recv(65536):
                if b"GET" not in asked:
                    client.sendall(b"+OK\r\n" * asked.count(b"*"))
                    continue
                self.asked.set()
                if self._answers and self.go.wait(5):
                    client.sendall(b"$2\r\nhi\r\n")
                    self.answered.set()

    def close(self) -> None:
        self._listener.close()
        self._thread.join(5)


@contextmanager
def fake_redis(*, answers: bool) -> Iterator[FakeRedis]:
    server = FakeRedis(answers=answers)
    try:
        yield server
    finally:
        server.close()


def client_of(server: FakeRedis) -> Redis:
    client = make_client(f"redis://127.0.0.1:{server.port}?protocol=2", SECONDS)
    assert isinstance(client, Redis)
    return client


def test_an_answer_that_lies_there_when_a_late_loop_comes_back_is_read() -> None:
    async def ask(server: FakeRedis) -> bytes | None:
        async with client_of(server) as client:
            asked = asyncio.ensure_future(client.get("x"))
            await asyncio.to_thread(server.asked.wait, 5)
            server.go.set()
            assert server.answered.wait(5)
            time.sleep(4 * SECONDS)  # noqa: ASYNC251 - the loop is late
            answer: bytes | None = await asked
            return answer

    with fake_redis(answers=True) as server:
        assert uvloop.run(ask(server)) == b"hi", "the server's loop looks at its timers first"


async def test_no_answer_is_given_up_at_last() -> None:
    with fake_redis(answers=False) as server:
        async with client_of(server) as client:
            with pytest.raises(RedisTimeout):
                await client.get("x")


async def test_it_looks_often_before_it_gives_up_and_what_is_in_time_goes_through() -> None:
    loop, looks = asyncio.get_running_loop(), 0

    def busy() -> None:
        nonlocal looks
        looks += 1
        time.sleep(2 * SECONDS / LOOKS)
        loop.call_soon(busy)

    loop.call_soon(busy)
    with pytest.raises(TimeoutError):
        async with Patience(SECONDS):
            await asyncio.Event().wait()
    assert looks >= LOOKS
    async with Patience(60):
        await asyncio.sleep(0)


async def test_a_cancellation_from_outside_is_none_of_its_business() -> None:
    async def wait() -> None:
        async with Patience(60):
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
