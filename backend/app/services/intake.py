"""Takes a client's batch apart: each element is accepted or refused by itself (V2)."""

import asyncio

from msgspec import UNSET, Raw, UnsetType

from app.core.clock import Clock
from app.core.metrics import Figures
from app.schemas import frames
from app.schemas.ops import BadValue, Clear, Op, read_cursor, read_op, read_stroke
from app.schemas.plain_batch import PlainBatch
from app.services.connection import Connection

SLICE = 250
"""Ops taken in at a stretch: a batch of any size holds up nobody else (S8)."""

DETAILS = {
    "clock_skew": "ts is more than a minute ahead of the server's clock",
    "too_old": "ts is more than 30 days behind the server's clock",
}


class Intake:
    """Reads batches into the replica of their room, and tells what is refused."""

    def __init__(self, clock: Clock, figures: Figures) -> None:
        self._clock = clock
        self._figures = figures

    def take_at_once(self, connection: Connection, batch: PlainBatch, now_ms: int) -> bool:
        """Do as `take` does, if that would neither wait nor raise; gives whether it was done."""
        ops = batch.ops or ()
        member, replica = connection.member, connection.room.replica
        if len(ops) >= SLICE or not connection.may_be_told(len(ops) + len(batch.live)):
            return False
        if batch.n is not UNSET:
            if batch.n <= member.n:
                return False
            member.n = batch.n
        for i, raw in enumerate(ops):
            self._take_op(connection, raw, batch, i)
        for piece in batch.live:
            if fault := replica.accept_stroke(member, piece, now_ms):
                self._refuse_stroke(connection, fault, piece.id)
        if batch.cursor is not UNSET:
            replica.accept_cursor(member, batch.cursor)
        if batch.n is not UNSET:
            connection.traffic.ops_in += len(ops)
            replica.finish_batch(member, batch.n)
        return True

    async def take(self, connection: Connection, batch: frames.Batch) -> None:
        """Merge a batch into what its room gathers; `ops` come before `live` (V3). Raises BadFrame."""
        self._check_number(connection, batch)
        connection.traffic.ops_in += len(batch.ops or ())
        for i, raw in enumerate(batch.ops or ()):
            if i % SLICE == SLICE - 1:
                await asyncio.sleep(0)
            await connection.uncongested()
            self._take_op(connection, raw, batch, i)
        for raw in batch.live:
            await connection.uncongested()
            self._take_stroke(connection, raw)
        self._finish(connection, batch)

    def _finish(self, connection: Connection, batch: frames.Batch) -> None:
        if batch.cursor is not UNSET:
            self._take_cursor(connection, batch.cursor)
        if batch.n is not UNSET:
            connection.room.replica.finish_batch(connection.member, batch.n)

    def _check_number(self, connection: Connection, batch: frames.Batch) -> None:
        if batch.n is UNSET:
            return
        if batch.n <= connection.member.n:
            raise frames.BadFrame("a batch whose n does not grow")
        connection.member.n = batch.n

    def _take_op(self, connection: Connection, raw: Raw, batch: frames.Batch | PlainBatch, i: int) -> None:
        try:
            op = read_op(raw)
        except BadValue as bad:
            self._refuse_op(connection, frames.Error("invalid_op", bad.detail, 0, batch.n, i, bad.path_id or UNSET))
            return
        code = connection.room.replica.accept_op(connection.member, op, self._clock.now_ms())
        if code:
            self._refuse_op(connection, frames.Error(code, DETAILS[code], 0, batch.n, i, _id_of(op)))

    def _refuse_op(self, connection: Connection, error: frames.Error) -> None:
        self._tell(connection, error)
        connection.room.replica.refuse_op(connection.member, error.id or None)

    def _take_stroke(self, connection: Connection, raw: Raw) -> None:
        try:
            stroke = read_stroke(raw)
        except BadValue as bad:
            self._refuse_stroke(connection, bad.detail, bad.path_id)
            return
        fault = connection.room.replica.accept_stroke(connection.member, stroke, self._clock.now_ms())
        if fault:
            self._refuse_stroke(connection, fault, stroke.id)

    def _refuse_stroke(self, connection: Connection, detail: str, path_id: str | None) -> None:
        self._tell(connection, frames.Error("invalid_live", detail, 0, id=path_id or UNSET))

    def _take_cursor(self, connection: Connection, raw: Raw) -> None:
        try:
            position = read_cursor(raw)
        except BadValue as bad:
            self._tell(connection, frames.Error("invalid_live", bad.detail, 0))
            return
        connection.room.replica.accept_cursor(connection.member, position)

    def _tell(self, connection: Connection, error: frames.Error) -> None:
        self._figures.refused["op", error.code] += 1
        connection.tell(frames.Error(error.code, error.detail, self._clock.now_ms(), error.n, error.i, error.id))


def _id_of(op: Op) -> str | UnsetType:
    return UNSET if isinstance(op, Clear) else op.id
