"""Two state machines and a model of a server: whatever breaks in between, all end with one state (W4, S3 to S6)."""

from collections.abc import Iterator

from client_fakes import RED, SERVER_MS, path_id, snapshot, tick, welcome
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from whiteboard_client.board import Board
from whiteboard_client.clock import Clock
from whiteboard_client.messages import Batch, Clear, Del, Op, Path, Put, ServerFrame, Tick
from whiteboard_client.sync import Sync

EACH = st.integers(0, 1)


class Line:
    """A client, and what is on its way to and from it."""

    def __init__(self, place: int) -> None:
        self.sync = Sync(Clock(lambda: SERVER_MS))
        self.up: list[Batch] = []
        self.down: list[ServerFrame] = []
        self.place = place
        self.user = 0


class Rooms(RuleBasedStateMachine):
    """The server's part is the merge itself; loss, delay and repetition are the machine's."""

    def __init__(self) -> None:
        super().__init__()
        self.board = Board()
        self.everything = Board()  # every op that anybody made
        self.ticks: list[Tick] = []
        self.users = 0
        self.lines = [Line(0), Line(1)]
        for line in self.lines:
            self.connect(line)
            self.arrive(line)

    def connect(self, line: Line) -> None:
        hello = line.sync.open("token")
        self.users += 1
        line.user, line.up, line.down = self.users, [], []
        seq = len(self.ticks)
        if hello.since is None:
            line.down = [
                welcome(user=line.user, seq=seq),
                snapshot(*self.board.paths(), seq=seq, cleared=self.board.cleared),
            ]
            return
        missed = [op for told in self.ticks[hello.since.seq :] for op in told.ops or ()]
        line.down = [welcome(user=line.user, seq=seq, sync="delta")]
        if hello.since.seq < seq:
            line.down.append(tick(seq, *missed, from_seq=hello.since.seq + 1))

    def arrive(self, line: Line) -> None:
        while line.down:
            line.sync.receive(line.down.pop(0))

    def wins(self, op: Op) -> bool:
        before = (self.board.paths(), self.board.tombstones(), self.board.cleared)
        self.board.apply(op)
        return before != (self.board.paths(), self.board.tombstones(), self.board.cleared)

    def make(self, place: int, op: Op) -> None:
        self.everything.apply(op)
        self.lines[place].sync.send(op)

    @rule(place=EACH, number=st.integers(0, 3), width=st.integers(1, 3))
    def draws(self, place: int, number: int, width: int) -> None:
        self.make(place, Put(path_id(number), self.lines[place].sync.clock.stamp(), "M0 0Z", RED, width))

    @rule(place=EACH, number=st.integers(0, 3))
    def deletes(self, place: int, number: int) -> None:
        self.make(place, Del(path_id(number), self.lines[place].sync.clock.stamp()))

    @rule(place=EACH)
    def clears(self, place: int) -> None:
        self.make(place, Clear(self.lines[place].sync.clock.stamp()))

    @rule(place=EACH)
    def sends(self, place: int) -> None:
        line = self.lines[place]
        line.up += [frame for frame in line.sync.outgoing() if isinstance(frame, Batch)]

    @precondition(lambda self: any(line.up for line in self.lines))
    @rule()
    def the_server_ticks(self) -> None:
        batches = [(line.user, batch) for line in self.lines for batch in line.up]
        ops = [op for _, batch in batches for op in batch.ops if self.wins(op)]
        acks = tuple((user, batch.n) for user, batch in batches if batch.n is not None)
        told = tick(len(self.ticks) + 1, *ops, acks=acks, check=self.board.check())
        self.ticks.append(told)
        for line in self.lines:
            line.up = []
            line.down.append(told)

    @rule(place=EACH)
    def hears(self, place: int) -> None:
        self.arrive(self.lines[place])

    @rule(place=EACH)
    def breaks(self, place: int) -> None:
        self.connect(self.lines[place])

    @invariant()
    def nobody_sees_less_than_what_is_confirmed_and_own(self) -> None:
        for line in self.lines:
            assert [path.id for path in line.sync.view().paths()] == list(line.sync.paths())

    def settled(self) -> Iterator[list[Path]]:
        for _ in range(3):  # a welcome, what is sent after it, its ack
            for line in self.lines:
                self.arrive(line)
                self.sends(place=line.place)
            if any(line.up for line in self.lines):
                self.the_server_ticks()
        for line in self.lines:
            self.arrive(line)
            assert line.sync.outgoing() == []  # nothing is left, and no check disagreed
            assert len(line.sync.pending) == 0
            yield line.sync.view().paths()

    def teardown(self) -> None:
        assert list(self.settled()) == [self.everything.paths()] * 2


TestRooms = Rooms.TestCase
TestRooms.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
