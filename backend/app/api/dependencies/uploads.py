"""Who wants to make a room, and perhaps a file with it: a body of JSON, or a form that is kept on disk while it comes.

No more is taken than the limit, however long the body goes on, and little of it is in memory.
"""

import io
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, BinaryIO

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from app.api.dependencies.services import ServicesDep
from app.core.errors import InvalidRequest
from app.schemas.rooms import NewRoom
from app.services.svg.limits import too_large

AROUND_IT = 64 * 1024
"""Bytes of a form besides the file: the name, boundaries and headers."""
MULTIPART = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A file that was sent, of so many bytes."""

    file: BinaryIO
    size: int


@dataclass(frozen=True, slots=True)
class Upload:
    """What a room is to be made of."""

    name: str
    drawing: Drawing | None = None


async def uploaded(request: Request, services: ServicesDep) -> AsyncIterator[Upload]:
    """The body of a request for a room; the file is there until the request is answered.

    Raises RequestValidationError, InvalidRequest, DrawingTooLarge.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != MULTIPART:
        yield Upload(await _name_in_json(request, kind))
        return
    limit = services.settings.svg_max_bytes
    form = await _form(request, limit)
    try:
        name = _valid_name({"name": form["name"]} if isinstance(form.get("name"), str) else {})
        drawing = _drawing(form.get("drawing"))
        if drawing and drawing.size > limit:
            raise too_large("bytes", limit)
        yield Upload(name, drawing)
    finally:
        await form.close()


Uploaded = Annotated[Upload, Depends(uploaded)]


async def _name_in_json(request: Request, kind: str) -> str:
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise InvalidRequest("The body must be JSON, or a form with a file.")
    try:
        body = json.loads((await request.body()).decode())
    except (ValueError, RecursionError):
        raise InvalidRequest("The body is not JSON.") from None
    return _valid_name(body)


def _valid_name(body: object) -> str:
    """H1."""
    try:
        return NewRoom.model_validate(body).name
    except ValidationError as error:
        faults = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(faults) from None


async def _form(request: Request, limit: int) -> FormData:
    body = _Bounded(request.stream(), limit + AROUND_IT)
    parser = MultiPartParser(request.headers, body.chunks(), max_files=1, max_fields=8, max_part_size=AROUND_IT)
    try:
        return await parser.parse()
    except _TooLong:
        for name in [value for key, value in parser.items if key == "name"]:
            _valid_name({"name": name})  # a bad name is told first
        raise too_large("bytes", limit) from None
    except MultiPartException as error:
        raise InvalidRequest(f"The form cannot be read: {error.message}") from None
    except ClientDisconnect:
        raise InvalidRequest("The sender is gone.") from None


def _drawing(sent: UploadFile | str | None) -> Drawing | None:
    """The file; none if it has no bytes (H6). One that was sent as text is a file all the same."""
    if isinstance(sent, str):
        data = sent.encode(errors="surrogateescape")
        return Drawing(io.BytesIO(data), len(data)) if data else None
    return Drawing(sent.file, sent.size) if sent is not None and sent.size else None


class _TooLong(Exception):  # noqa: N818 - says what the body is
    pass


class _Bounded:
    """A body, up to a number of bytes; what goes beyond is not looked at."""

    def __init__(self, stream: AsyncGenerator[bytes, None], limit: int) -> None:
        self._stream = stream
        self._left = limit

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        async for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise _TooLong
            yield chunk


async def gone(request: Request) -> None:
    """Return when the sender has closed the connection."""
    with suppress(ClientDisconnect):
        while (await request.receive())["type"] != "http.disconnect":
            pass
