"""One room as one process sees it: a replica of the board, who is there, and the ticks to be sent.

The write path runs through here in this order: `accept_op` (merge) → `take` (for the commit) → `receive` (what was
published, of this process and of others, by seq) → `flush` (the tick that shows it).
"""

from collections import Counter
from itertools import takewhile

from msgspec import UNSET, Raw

from app.schemas import frames
from app.schemas.ops import Clear, Delete, End, Op, Piece, encode_op
from app.services.realtime.board import PUT_PREFIX, Board, Record
from app.services.realtime.history import Touched, touched_by
from app.services.realtime.member import Batch, Live, Member
from app.services.realtime.outbox import TickLog
from app.services.realtime.presence import Person, Position, Presence
from app.services.realtime.snapshot import SnapshotCache
from app.services.realtime.stamps import skew
from app.services.realtime.strokes import UNBOUNDED, Published, Strokes, size_of

CURSOR_BYTES = 20
"""Of a cursor on the wire, about."""


class Room:
    """A replica of a room. What it shows is what has been committed and published, in the order of `seq`."""

    def __init__(self, board: Board, live: Live, counts: Counter[str] | None = None) -> None:
        """`counts`: of ops `shown`, and, by kind, of what was sent in another form than tick by tick."""
        self.counts = Counter() if counts is None else counts
        self.members: set[Member] = set()
        self.strokes = Strokes()
        self.log = TickLog()
        self._gathered = Batch()
        self._settled: list[Batch] = []
        self._replaced: list[tuple[int, End]] = []
        self._begin(board, live)
        self._newest = board.newest

    def _begin(self, board: Board, live: Live) -> None:
        self.board = board
        self.epoch = live.epoch
        self.seq = live.seq
        self.presence = Presence(live.people)
        self.history = live.history
        self.snapshots = SnapshotCache()
        self._arrivals: dict[int, list[Op]] = {}
        self._arrived = live.seq

    # Merge: what connections of this process send.

    def accept_op(self, member: Member, op: Op, now_ms: int) -> str | None:
        """Gather an op for the next commit; gives the error code if its stamp breaks W5."""
        if refused := skew(op.ts, now_ms, self._newest):
            return refused
        self._newest = max(self._newest, op.ts)
        self._gathered.changes.add(op)
        if not isinstance(op, Clear):
            member.close(op.id)
            if self.strokes.owner(op.id) == member.user:
                self.strokes.settle(op.id)
                self._gathered.settling.append(op.id)
        return None

    def refuse_op(self, member: Member, path_id: str | None) -> None:
        """P3: a put that was refused ends its stroke."""
        if path_id and self.strokes.owner(path_id) == member.user:
            member.close(path_id)
            self.strokes.end(path_id)

    def accept_stroke(self, member: Member, stroke: Piece | End, now_ms: int) -> str | None:
        """Show a piece of a stroke under way, or its end; gives what is wrong with it (V3), or None."""
        if member.has_closed(stroke.id):
            return None
        owner = self.strokes.owner(stroke.id)
        if owner is not None and owner != member.user:
            return "the stroke belongs to another connection"
        if isinstance(stroke, End):
            member.close(stroke.id)
            self.strokes.end(stroke.id)
            return None
        if owner is None and skew(stroke.ts, now_ms, self._newest):
            return "ts is too far from the server's clock"
        return None if self.strokes.draw(member.user, stroke) else "the stroke has too many points"

    def accept_cursor(self, member: Member, position: Position) -> None:
        """Show where a connection's cursor is."""
        self.presence.point(member.user, position, local=True)

    def finish_batch(self, member: Member, n: int) -> None:
        """Every element of batch `n` was accepted or refused: it is to be acknowledged with the next commit."""
        self._gathered.acks[member] = n

    @property
    def gathered(self) -> bool:
        """Is there anything for the next commit?"""
        return bool(self._gathered)

    @property
    def owing(self) -> dict[Member, int]:
        """The connections whose batches wait for a commit, with the newest batch of each."""
        return self._gathered.acks

    def take(self) -> Batch:
        """Hand over what was gathered, without the ops that have lost already."""
        batch, self._gathered = self._gathered, Batch()
        batch.changes = batch.changes.without_losers(self.board)
        return batch

    # Receive: what was committed and published, by this process or another.

    def receive(self, seq: int, ops: list[Op]) -> None:
        """Take the ops of a seq; what comes out of turn waits for those before it, what comes again is ignored."""
        if seq > self._arrived:
            self._arrivals.setdefault(seq, ops)
            self._newest = max([self._newest, *(op.ts for op in ops)])
        while self._arrived + 1 in self._arrivals:
            self._arrived += 1

    def settle(self, batch: Batch) -> None:
        """A batch is on disk, and published under `batch.seq`: acknowledge it with the tick that shows that."""
        self._settled.append(batch)

    @property
    def next_seq(self) -> int:
        """The seq after the last one that arrived in turn."""
        return self._arrived + 1

    @property
    def has_gap(self) -> bool:
        """Is a seq missing before one that has arrived?"""
        return any(seq > self._arrived for seq in self._arrivals)

    # Flush: the tick that shows it.

    @property
    def ops_due(self) -> bool:
        """Has anything arrived that is not shown yet?"""
        return self._arrived > self.seq

    @property
    def live_due(self) -> bool:
        """Is there anything without ops to be shown?"""
        return self.strokes.unshown or self.presence.unshown or self._acks_due

    @property
    def only_people_due(self) -> bool:
        """Is that at most who came and who left?"""
        return not (self.strokes.unshown or self.presence.cursors_unshown or self._acks_due)

    @property
    def _acks_due(self) -> bool:
        return bool(self._settled) and self._settled[0].seq <= self.seq

    def flush(self, *, ops: bool, check: bool = False, room_for: int = UNBOUNDED) -> int:
        """Log one tick with all that is to be shown; with `ops`, what has arrived is merged into the board (S2, S3).

        Of strokes and cursors only about `room_for` bytes (P2), cursors first to be left out. Gives the tick's size.
        """
        first = self.seq + 1
        touched = self._apply_arrivals() if ops else Touched((), cleared=False)
        acks = self._release_acks()
        live = self.strokes.take_unshown(room_for)
        fewest = room_for // 8 // CURSOR_BYTES
        most = None if self.presence.moved <= fewest else max(fewest, (room_for - size_of(live)) // CURSOR_BYTES)
        joined, left, cursors = self.presence.take_unshown(most)
        carries = self.seq >= first
        tick = frames.Tick(
            seq=self.seq if carries else UNSET,
            from_=first if carries else UNSET,
            ops=self.ops_of(touched) if carries else UNSET,
            live=live or UNSET,
            cursors=[(user, at[0], at[1]) if at else (user, None) for user, at in cursors.items()] or UNSET,
            joined=[frames.User(user, name) for user, name in joined] or UNSET,
            left=left or UNSET,
            acks=acks or UNSET,
            check=frames.Check(self.board.count, self.board.sum()) if check and carries else UNSET,
        )
        self.counts["shown"] += len(tick.ops or ())
        size = self.log.add(self.seq, tick, tuple(self._replaced))
        self._replaced = []
        return size

    def _apply_arrivals(self) -> Touched:
        """Merge what has arrived; what stands already (a board may be read ahead of its seq) is shown all the same."""
        standing: list[Op] = []
        while self.seq < self._arrived:
            self.seq += 1
            ops = [op for op in self._arrivals.pop(self.seq) if self.board.show(op)]
            if ops:
                self.history.add(self.seq, touched_by(ops))
                standing += ops
        touched = touched_by(standing)
        for path_id in touched.ids:
            record = self.board.get(path_id)
            if record and self.strokes.outlives(path_id, record.ts):
                continue
            if record and record.body is not None:
                self._replaced += self.strokes.replace(path_id, record.ts)
            else:
                self.strokes.end(path_id)
        return touched

    def _release_acks(self) -> list[tuple[int, int]]:
        """S4: acknowledge what has been shown by now; P3: end the strokes whose put has lost."""
        if not self._settled:
            return []
        released = list(takewhile(lambda batch: batch.seq <= self.seq, self._settled))
        del self._settled[: len(released)]
        for batch in released:
            for path_id in batch.settling:
                self.strokes.end(path_id)
            for member, n in batch.acks.items():
                member.acked = n
        told = {member for batch in released for member in batch.acks}
        return [(member.user, member.acked) for member in told if member in self.members]

    def ops_of(self, touched: Touched) -> list[Raw]:
        """What stands now where something was touched: only ops that win (S3), each once."""
        head = [Raw(encode_op(Clear(self.board.cleared)))] if touched.cleared else []
        records = ((path_id, self.board.get(path_id)) for path_id in touched.ids)
        return head + [_op_of(path_id, record) for path_id, record in records if record]

    # Membership.

    def add(self, member: Member, process: str) -> None:
        """A connection of this process came."""
        self.members.add(member)
        self.presence.join(member.user, Person(member.name, process))

    def remove(self, member: Member) -> None:
        """A connection of this process went; what it was drawing is kept (P4)."""
        self.members.discard(member)
        for put in self.strokes.leave(member.user):
            self._newest = max(self._newest, put.ts)
            self._gathered.changes.add(put)
        self.presence.leave(member.user)

    def hear_strokes(self, strokes: list[Published]) -> None:
        """What another process tells of strokes; a piece that comes after its put begins no stroke again."""
        for user, before, stroke in strokes:
            if isinstance(stroke, End):
                if self.strokes.owner(stroke.id) == user:
                    self.strokes.end(stroke.id)
                continue
            record = self.board.get(stroke.id)
            if user in self.presence.people and (record is None or record.ts < stroke.ts):
                self.strokes.hear(user, before, stroke)

    def skip_unpublished(self) -> None:
        """No other process is there to be told of strokes and cursors."""
        self.strokes.skip_unpublished()
        self.presence.skip_unpublished()

    def keep_strokes_of_others(self) -> None:
        """Touch with other processes is lost: what their connections are drawing is kept (P4), for they may be dead.

        Those that are not put their strokes themselves, with a greater stamp.
        """
        for put in self.strokes.of_others():
            self._gathered.changes.add(put)

    def forget_user(self, user: int, *, keep: bool = False) -> None:
        """A connection of another process went; `keep`: that process died, so this one saves its strokes (P4)."""
        for put in self.strokes.leave(user):
            if keep:
                self._gathered.changes.add(put)
        self.presence.leave(user)

    # A new epoch (S9).

    def absorb(self, owed: list[Op]) -> None:
        """Merge all that is committed, even behind a gap: the order of arrival does not matter to the board (W4)."""
        for ops in [*self._arrivals.values(), owed]:
            for op in ops:
                self.board.merge(op)
        self._arrivals.clear()

    def renew(self, board: Board, live: Live, users: dict[int, int]) -> None:
        """Go on under a new epoch, with the connections of this process renumbered as `users` tells."""
        self.strokes = self.strokes.renumbered(users)
        for member in self.members:
            member.user = users[member.user]
        for batch in self._settled:
            batch.seq = 0
        self._begin(board, live)
        self._newest = max(self._newest, board.newest)


def _op_of(path_id: str, record: Record) -> Raw:
    if record.body is None:
        return Raw(encode_op(Delete(path_id, record.ts)))
    return Raw(PUT_PREFIX + record.body)
