"""What a socket receives, read as a frame of the protocol, or refused."""

from collections.abc import Mapping
from typing import Any

from fastapi import WebSocketDisconnect

from app.core.metrics import Traffic
from app.schemas import frames


class Refused(Exception):  # noqa: N818 - the protocol's word
    """The socket is to be closed with a code, and a reason for people."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def frame_of(event: Mapping[str, Any], traffic: Traffic) -> frames.ClientFrame:
    """Read an event of ASGI (C1), and count it. Raises Refused, or WebSocketDisconnect at the end."""
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(event.get("code", 1006), event.get("reason"))
    text = event.get("text")
    if text is None:
        raise Refused(1003, "frames are text")
    traffic.came(len(text.encode()))
    try:
        return frames.read_frame(text)
    except frames.BadFrame as bad:
        raise Refused(4400, str(bad)) from None
