"""The conformance cases of the Autobahn suite, against the WebSocket layer as it is served, with an echo behind it.

They come with `make test-websocket`; without their runner there is nothing to do here.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from small_app import Behave, Running

from app.core.websocket_protocol import WIRE
from app.core.wire import Wire
from app.utils.websocket_frames import BINARY, TEXT, framed

kosoku = pytest.importorskip("kosoku", reason="`make test-websocket` brings the Autobahn cases")

Serve = Callable[..., Awaitable[Running]]

LARGEST = 16 << 20
"""Bytes of the largest message in the cases (9.1.6); the default limit of a frame is below it."""

WAIVED = {
    "NON-STRICT": {
        **dict.fromkeys(
            ["3.2", "3.3", "3.4", "4.1.3", "4.1.4", "4.1.5", "4.2.3", "4.2.4", "4.2.5", "5.15"],
            "after a bad frame nothing more is sent, not even the answer to what came before it",
        ),
        **dict.fromkeys(
            ["6.4.1", "6.4.2", "6.4.3", "6.4.4"], "text is judged when the message is whole, then closed with 1007"
        ),
    },
    "INFORMATIONAL": dict.fromkeys(["7.1.6", "7.13.1", "7.13.2"], "the RFC leaves it open"),
    "UNIMPLEMENTED": dict.fromkeys(["12", "13"], "permessage-deflate is not offered (C5)"),
}
"""What else a case may come to than OK, and why: the case or the group of cases by name."""


async def echo(_running: Running, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


class Echo:
    """The same by a listener, past ASGI."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def hear(self, payload: bytes) -> bool:
        try:
            payload.decode()
        except UnicodeDecodeError:
            return False
        self._wire.write(framed(TEXT, payload))
        return True

    async def take(self, event: dict[str, Any]) -> None:
        if event["type"] == "websocket.receive":
            text = event.get("text")
            self._wire.write(framed(BINARY, event["bytes"]) if text is None else framed(TEXT, text.encode()))


async def echo_past_asgi(running: Running, _receive: Callable[..., Any], _send: Callable[..., Any]) -> None:
    wire: Wire = running.scopes[-1]["extensions"][WIRE]
    await wire.listen(Echo(wire))


def is_waived(case: str, verdict: str) -> bool:
    waived = WAIVED.get(verdict, {})
    return case in waived or case.partition(".")[0] in waived


@pytest.mark.parametrize("behave", [echo, echo_past_asgi])
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the cases leave a file open
async def test_no_case_of_the_autobahn_suite_fails(serve_as_it_is: Serve, behave: Behave) -> None:
    running = await serve_as_it_is(behave, max_frame=LARGEST)
    try:
        results = await kosoku.run_fuzzingclient(f"127.0.0.1:{running.port}", concurrency=4)
    except kosoku.FailureError as failure:
        results = failure.results
    verdicts = Counter(each.behavior.value for each in results)
    closes = Counter(each.behavior_close.value for each in results)
    sys.stdout.write(f"\n{len(results)} cases: {dict(verdicts)}; how they closed: {dict(closes)}\n")
    wrong = defaultdict(list)
    for each in results:
        verdict, close = each.behavior.value, each.behavior_close.value
        if verdict != "OK" and not is_waived(each.case_id, verdict):
            wrong[verdict].append(f"{each.case_id}: {each.result}")
        if close != "OK" and not (close == "INFORMATIONAL" and is_waived(each.case_id, close)):
            wrong[close].append(f"{each.case_id}: {each.result_close}")
    assert dict(wrong) == {}
    assert len(results) == 517, "all of the suite"
    assert verdicts["OK"] >= 284, "the waived ones aside, some of which come out well if the echo is quick"
