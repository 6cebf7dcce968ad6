"""The drawing as a map of last-write-wins registers (W1 to W4), and its check sum (S6)."""

from collections.abc import Iterable, Iterator

import msgspec

from app.schemas.ops import Clear, Delete, Op, Put, encode_op
from app.utils.fnv import fnv1a

PUT_PREFIX = b'{"op":"put",'


class Record(msgspec.Struct, frozen=True, gc=False):
    """What stands under an id: a path, kept as the JSON that snapshots and ticks send, or a tombstone (`body` None).

    `loaded`: read from the database, and not come by a seq since. The database may be ahead of the seq, so the tick
    that shows it may be still to come.
    """

    ts: int
    body: bytes | None
    loaded: bool = False

    @property
    def path(self) -> bytes:
        """The path as a snapshot shows it."""
        return b"{" + (self.body or b"}")

    def put(self) -> Put:
        """The op that made the path."""
        return msgspec.json.decode(PUT_PREFIX + (self.body or b"}"), type=Put)


def record_of(op: Put | Delete, *, loaded: bool = False) -> Record:
    """What an op leaves under its id."""
    return Record(op.ts, encode_op(op)[len(PUT_PREFIX) :] if isinstance(op, Put) else None, loaded)


def path_body(path_id: str, ts: int, d: str, color: str, width: float) -> bytes:
    """The body of a record as `record_of` would make it; of values that were checked, none needs an escape."""
    return f'"id":"{path_id}","ts":{ts},"d":"{d}","color":"{color}","width":{width!r}}}'.encode()


def beats(op: Put | Delete, record: Record | None) -> bool:
    """W1, W3: does the op stand against what is there?"""
    if record is None or op.ts != record.ts:
        return record is None or op.ts > record.ts
    if record.body is None:
        return False
    return isinstance(op, Delete) or _rank(op) > _rank(record.put())


def _rank(put: Put) -> tuple[str, str, float]:
    return put.d, put.color, put.width


class Board:
    """Every path and tombstone above the greatest clear; the clear's stamp stands for the tombstones below it."""

    def __init__(self, records: Iterable[tuple[str, Record]] = (), cleared: int = 0) -> None:
        self._records: dict[str, Record] = dict(records)
        self._sum: int | None = None
        self._clear_is_loaded = bool(cleared)
        self.cleared = cleared
        self.newest = max([cleared, *(record.ts for record in self._records.values())])
        self.count = sum(record.body is not None for record in self._records.values())

    def would_win(self, op: Op) -> bool:
        """Tell whether the op would change the board."""
        if op.ts <= self.cleared:
            return False
        return isinstance(op, Clear) or beats(op, self._records.get(op.id))

    def merge(self, op: Op) -> bool:
        """Apply an op; False if it has lost, or stands already (W4)."""
        if not self.would_win(op):
            return False
        if isinstance(op, Clear):
            self._clear(op.ts)
        else:
            self._set(op.id, record_of(op))
        return True

    def stands(self, op: Op) -> bool:
        """Tell whether the board is as this very op left it."""
        if isinstance(op, Clear):
            return op.ts == self.cleared
        record = self._records.get(op.id)
        return record is not None and (record.ts, record.body) == (op.ts, record_of(op).body)

    def may_be_unshown(self, op: Op) -> bool:
        """Tell whether this very op stands, but was read from the database: no tick may have shown it yet."""
        if not self.stands(op):
            return False
        return self._clear_is_loaded if isinstance(op, Clear) else self._records[op.id].loaded

    def show(self, op: Op) -> bool:
        """Apply an op that comes under its seq; False if it has lost. What stands already is shown all the same."""
        if self.merge(op):
            return True
        if not self.stands(op):
            return False
        if isinstance(op, Clear):
            self._clear_is_loaded = False
        else:
            self._records[op.id] = record_of(op)
        return True

    def get(self, path_id: str) -> Record | None:
        """What stands under an id."""
        return self._records.get(path_id)

    def ops_beyond(self, other: "Board") -> list[Op]:
        """The ops that would bring another board to where this one is."""
        ops: list[Op] = [Clear(self.cleared)] if self.cleared > other.cleared else []
        for path_id, record in self._records.items():
            op = Delete(path_id, record.ts) if record.body is None else record.put()
            if other.would_win(op):
                ops.append(op)
        return ops

    def ids(self) -> Iterator[str]:
        """The id of every path, in no order."""
        return (path_id for path_id, record in self._records.items() if record.body is not None)

    def has(self, path_id: str) -> bool:
        """Is there a path under an id?"""
        record = self._records.get(path_id)
        return record is not None and record.body is not None

    def body(self, path_id: str) -> bytes:
        """A path as a snapshot shows it, without its opening brace."""
        return self._records[path_id].body or b"}"

    def paths(self) -> Iterator[bytes]:
        """Every path as a snapshot shows it, in no order."""
        return (record.path for record in self._records.values() if record.body is not None)

    def tombstones(self) -> Iterator[tuple[str, int]]:
        """Id and stamp of every deletion that is remembered."""
        return ((path_id, record.ts) for path_id, record in self._records.items() if record.body is None)

    def sum(self) -> int:
        """S6: the sum over the paths of the hash of `{id}:{ts}`, modulo 2^32; kept up to date once asked for."""
        if self._sum is None:
            live = ((path_id, record.ts) for path_id, record in self._records.items() if record.body is not None)
            self._sum = sum(fnv1a(f"{path_id}:{ts}") for path_id, ts in live) & 0xFFFFFFFF
        return self._sum

    def _set(self, path_id: str, record: Record) -> None:
        self._count(path_id, self._records.get(path_id), -1)
        self._records[path_id] = record
        self._count(path_id, record, 1)
        self.newest = max(self.newest, record.ts)

    def _clear(self, ts: int) -> None:
        self.cleared = ts
        self._clear_is_loaded = False
        self.newest = max(self.newest, ts)
        for path_id in [path_id for path_id, record in self._records.items() if record.ts <= ts]:
            self._count(path_id, self._records.pop(path_id), -1)

    def _count(self, path_id: str, record: Record | None, sign: int) -> None:
        if record is None or record.body is None:
            return
        self.count += sign
        if self._sum is not None:
            self._sum = (self._sum + sign * fnv1a(f"{path_id}:{record.ts}")) & 0xFFFFFFFF
