"""Two replicas of one room, a database, a stream between them and clients that read when they like: all end with one
state, and no frame on the way breaks S1 to S4, S6, S7 or S9."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from sys import maxsize
from unittest import mock

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from reference_client import Client, Pending
from room_model import NOW, RED, STAMP, greeting, path_id, told

from app.schemas import frames
from app.schemas.ops import Clear, Delete, Op, Put
from app.services.realtime import chunks, outbox, sync
from app.services.realtime import history as histories
from app.services.realtime.board import Board, Record
from app.services.realtime.history import History, touched_by
from app.services.realtime.member import Batch, Live, Member
from app.services.realtime.outbox import encoded
from app.services.realtime.presence import Person
from app.services.realtime.room import Room
from app.utils.websocket_frames import payload_of

REMEMBERED = 6
CLIENTS = st.integers(0, 2)
PLACES = st.integers(0, 1)
FAR_AHEAD = 2**53 - 1

Written = tuple[str, int, int, int]
"""The kind of an op, which path, how much later than others, and a shape."""
KINDS = ["put", "put", "put", "del", "clear", "refused"]
written = st.tuples(st.sampled_from(KINDS), st.integers(0, 3), st.integers(-3, 3), st.integers(1, 2))


@dataclass
class Shared:
    """What Redis holds: an epoch with its stream of ops, and the people."""

    epoch: int = 1
    stream: list[list[Op]] = field(default_factory=list)
    people: dict[int, Person] = field(default_factory=dict)
    numbers: int = 0

    def live(self) -> Live:
        start = max(0, len(self.stream) - REMEMBERED)
        history = History(start)
        for seq in range(start + 1, len(self.stream) + 1):
            history.add(seq, touched_by(self.stream[seq - 1]))
        return Live(f"epoch {self.epoch}", len(self.stream), dict(self.people), history)

    def enter(self, person: Person) -> int:
        self.numbers += 1
        self.people[self.numbers] = person
        return self.numbers


@dataclass
class Place:
    """A process: its replica, the batch between gathering and publishing, and what it has not heard yet."""

    name: str
    room: Room | None = None
    batch: Batch | None = None
    committed: bool = False
    owed: list[Op] = field(default_factory=list)
    inbox: list[tuple[str, int, list[Op]]] = field(default_factory=list)
    opening: Live | None = None
    survives: bool = False
    users: dict[int, int] = field(default_factory=dict)

    @property
    def works(self) -> bool:
        return self.room is not None and self.opening is None


def as_read(board: Board) -> Board:
    """A board as it comes from the database: whatever stands on it may not have been shown yet."""
    names = [*board.ids(), *(name for name, _ in board.tombstones())]
    standing = [(name, record) for name in names if (record := board.get(name))]
    return Board([(name, Record(record.ts, record.body, loaded=True)) for name, record in standing], board.cleared)


class Replicas(RuleBasedStateMachine):
    """The shell's part, in steps that come in any order: gather, commit, publish, hear, show; and what goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = [
            mock.patch.object(histories, "LENGTH", REMEMBERED),
            mock.patch.object(outbox, "FRAMES", 3),
            mock.patch.object(chunks, "CHUNK_BYTES", 200),
        ]
        for patch in self.patches:
            patch.start()
        self.shared = Shared()
        self.database = Board()
        self.places = [Place("here"), Place("there")]
        self.clients = [Client(f"client {number}", self.database) for number in range(3)]
        self.read_ahead = False
        self.stamp = STAMP

    def other(self, place: Place) -> Place:
        return self.places[1 - self.places.index(place)]

    @initialize()
    def begins(self) -> None:
        for place in self.places:
            self.open(place)
            self.load(place)
        for number, client in enumerate(self.clients):
            self.connect(client, self.places[number % 2], told_since=True)
            self.read(client, 9)

    # Clients.

    @rule(client=CLIENTS, op=written, sends=st.booleans())
    def writes(self, client: int, op: Written, sends: bool) -> None:
        self.write(self.clients[client], op)
        if sends:
            self.send(self.clients[client])

    def write(self, client: Client, op: Written) -> None:
        """Stamps move on slowly, so that many are equal or in the wrong order."""
        kind, number, later, shape = op
        ts = self.stamp + later
        self.stamp += 1
        made: dict[str, Op] = {
            "put": Put(path_id(number), ts, f"M0 0L{shape} 1", RED, 2),
            "del": Delete(path_id(number), ts),
            "clear": Clear(ts),
            "refused": Put(path_id(number), FAR_AHEAD, "M0 0Z", RED, 2),
        }
        client.pending.append(Pending(made[kind]))

    def send(self, client: Client) -> None:
        ops, member, room = client.outgoing(), client.member, client.room
        if not ops or not room or not member or self.place_of(client).opening:
            return
        member.n += 1
        for i, each in enumerate(ops):
            each.n = member.n
            if code := room.accept_op(member, each.op, NOW):
                each.refused = True
                error = frames.Error(code, str(each.op.ts), NOW, member.n, i)
                member.outbox.letters.append(encoded(error))
        room.finish_batch(member, member.n)

    @rule(client=CLIENTS, count=st.integers(1, 9))
    def reads(self, client: int, count: int) -> None:
        self.read(self.clients[client], count)

    def read(self, client: Client, count: int) -> int:
        found = client.read(count)
        if client.disagrees:
            assert client.began_as_delta, "S6: check disagrees with a whole snapshot and its ticks"
            assert self.read_ahead, "S6: check disagrees though no board was ever read ahead of its seq"
            client.disagrees = False
            self.resync(client)
        return found

    @rule(client=CLIENTS, wish=st.sampled_from(["resync", "point", "send", "break"]))
    def wishes(self, client: int, wish: str) -> None:
        each = self.clients[client]
        if wish == "break":
            self.disconnect(each)
        elif wish == "send":
            self.send(each)
        elif wish == "resync":
            self.resync(each)
        elif each.room and each.member:
            each.room.accept_cursor(each.member, (1, 1))
            each.room.flush(ops=False)

    def resync(self, client: Client) -> None:
        if client.room and client.member:
            sync.resync(client.room, client.member, greeting)

    @rule(client=CLIENTS, where=PLACES, told_since=st.booleans(), reads=st.booleans())
    def reconnects(self, client: int, where: int, told_since: bool, reads: bool) -> None:
        self.disconnect(self.clients[client])
        self.load(self.places[where])
        self.connect(self.clients[client], self.places[where], told_since=told_since)
        self.read(self.clients[client], 9 * reads)

    def disconnect(self, client: Client) -> None:
        room, member = client.room, client.member
        if not room or not member:
            return
        place = self.place_of(client)
        room.remove(member)
        client.disconnect()
        self.shared.people.pop(member.user, None)
        self.forget(member.user, self.other(place))

    def forget(self, user: int, place: Place) -> None:
        if place.room and place.room.epoch == f"epoch {self.shared.epoch}":
            place.room.forget_user(user)

    def place_of(self, client: Client) -> Place:
        return next(place for place in self.places if place.room is client.room)

    def connect(self, client: Client, place: Place, *, told_since: bool) -> None:
        if client.room or not place.works or self.is_stale(place):
            return
        assert place.room
        person = Person(client.name, place.name)
        member = Member(self.shared.enter(person), client.name)
        place.room.add(member, place.name)
        self.introduce(member.user, person, self.other(place))
        since = client.since if told_since else None
        client.connect(place.room, member)
        sync.welcome(place.room, member, greeting(), since)
        self.judge_welcome(place.room, member, since)

    def judge_welcome(self, room: Room, member: Member, since: tuple[str, int] | None) -> None:
        delta = b'"sync":"delta"' in payload_of(member.outbox.state[0].message)
        held = since is not None and since[0] == room.epoch and since[1] <= room.seq
        assert not delta or held, "S1: a delta needs a since that the server holds"
        assert delta or not held or (since and since[1] < room.seq - REMEMBERED), "S1: what is held is told as a delta"

    def introduce(self, user: int, person: Person, place: Place) -> None:
        if place.room and place.room.epoch == f"epoch {self.shared.epoch}":
            place.room.presence.join(user, person)

    # The write path.

    @rule(where=PLACES, steps=st.integers(1, 3), ops=st.booleans(), check=st.booleans())
    def works(self, where: int, steps: int, ops: bool, check: bool) -> None:
        """Go on from wherever it stands, by some steps; then show something."""
        place = self.places[where]
        for _ in range(steps):
            self.step(place)
        if place.room:
            place.room.flush(ops=ops, check=check)

    @rule(
        where=PLACES,
        client=CLIENTS,
        ops=st.lists(written, min_size=1, max_size=9),
        hears=st.booleans(),
        reader=st.integers(0, 5),
    )
    def is_busy(self, where: int, client: int, ops: list[Written], hears: bool, reader: int) -> None:
        """Tick after tick, so that who does not read falls behind."""
        self.load(self.places[where])
        self.connect(self.clients[client], self.places[where], told_since=True)
        if not self.clients[client].room:
            return
        place = self.place_of(self.clients[client])
        for op in ops:
            self.write(self.clients[client], op)
            self.send(self.clients[client])
            while hears and place.works and place.inbox:
                self.hear(place, 0)
            for _ in range(3):
                self.step(place)
            self.show(place)
            for each in self.clients[reader : reader + 1]:
                self.read(each, 2)

    def step(self, place: Place) -> None:
        if place.opening:
            self.load(place)
        elif place.batch is None:
            self.gather(place)
        elif not place.committed:
            self.commit(place)
        else:
            self.publish(place)

    def show(self, place: Place) -> None:
        if place.room and (place.room.live_due or place.room.ops_due):
            place.room.flush(ops=True)

    def gather(self, place: Place) -> None:
        if place.room and place.works and place.batch is None and (place.room.gathered or place.owed):
            place.batch, place.committed = place.room.take(), False

    def commit(self, place: Place) -> None:
        for op in place.batch.changes.ops() if place.batch else ():
            self.database.merge(op)
        place.committed = True

    def publish(self, place: Place) -> None:
        room, batch = place.room, place.batch
        if not room or batch is None or not place.committed:
            return
        ops, place.owed, place.batch = place.owed + batch.changes.ops(), [], None
        batch.seq = room.next_seq - 1
        if ops and self.is_stale(place):
            place.owed, batch.seq = ops, maxsize
        elif ops:
            self.shared.stream.append(ops)
            batch.seq = len(self.shared.stream)
            self.other(place).inbox.append((room.epoch, batch.seq, ops))
            room.receive(batch.seq, ops)
        room.settle(batch)

    @rule(where=PLACES, which=st.integers(0, 9), count=st.integers(1, 9), again=st.booleans())
    def hears(self, where: int, which: int, count: int, again: bool) -> None:
        place = self.places[where]
        for _ in range(count):
            if place.inbox and place.works:
                self.hear(place, which % len(place.inbox), again=again)
        self.show(place)

    def hear(self, place: Place, which: int, *, again: bool = False) -> None:
        assert place.room
        epoch, seq, ops = place.inbox[which] if again else place.inbox.pop(which)
        if epoch == place.room.epoch:
            place.room.receive(seq, ops)

    def mend(self, place: Place) -> None:
        room = place.room
        if not room or not place.works or self.is_stale(place):
            return
        for seq in range(max(0, len(self.shared.stream) - REMEMBERED) + 1, len(self.shared.stream) + 1):
            if seq >= room.next_seq:
                room.receive(seq, self.shared.stream[seq - 1])
        if room.has_gap:
            self.open(place)

    @rule(others=st.booleans())
    def comes_to_rest(self, others: bool) -> None:
        """Everything is told and read; `others`: on both sides."""
        for _ in range(2):
            list(self.settle_all(self.places if others else self.places[:1]))

    # What goes wrong.

    def is_stale(self, place: Place) -> bool:
        return place.room is not None and place.room.epoch != f"epoch {self.shared.epoch}"

    @rule(where=PLACES, what=st.sampled_from(["message lost", "gap mended", "opened", "loaded", "healed"]))
    def has_trouble(self, where: int, what: str) -> None:
        place = self.places[where]
        if what == "message lost":
            del place.inbox[-1:]
        elif what == "gap mended":
            self.mend(place)
        elif what == "opened":
            self.open(place)
        elif what == "loaded":
            self.load(place)
        else:
            self.heal(place)

    @rule(where=PLACES, how=st.sampled_from(["rebuilt", "rebuilt for all", "idle", "gathered", "committed"]))
    def fails(self, where: int, how: str) -> None:
        place = self.places[where]
        if how.startswith("rebuilt"):
            self.rebuild(place, keep_people=how == "rebuilt")
            return
        if how in {"gathered", "committed"} and place.batch is None:
            self.gather(place)
        if how == "committed" and place.batch and not place.committed:
            self.commit(place)
        self.die(place)
        self.load(self.places[where])

    def rebuild(self, place: Place, *, keep_people: bool) -> None:
        if any(place.opening for place in self.places):
            return
        self.shared.epoch += 1
        self.shared.stream = []
        if not keep_people:
            self.shared.people = {}
        self.open(place)

    def open(self, place: Place) -> None:
        """The first half: the live state is read, and those who are here enter it."""
        if place.opening or place.batch:
            return
        place.users = {}
        for member in place.room.members if place.room else ():
            person = Person(member.name, place.name)
            kept = self.shared.people.get(member.user) == person
            place.users[member.user] = member.user if kept else self.shared.enter(person)
            self.introduce(place.users[member.user], person, self.other(place))
        place.opening = self.shared.live()

    def load(self, place: Place) -> None:
        """The second half, later: the board is read, and may be ahead of the live state's seq."""
        live, place.opening = place.opening, None
        if live is None:
            return
        if live.epoch != f"epoch {self.shared.epoch}":
            self.open(place)
            return
        self.read_ahead |= told(self.of_stream(live)) != told(self.database)
        self.fit_people(place, live)
        board = as_read(self.database)
        if place.room is None:
            place.room = Room(board, live)
            place.room.log._moves = deque(maxlen=4)
            return
        place.room.renew(board, live, place.users)
        for member in place.room.members:
            sync.welcome(place.room, member, greeting())

    def of_stream(self, live: Live) -> Board:
        board = Board()
        for ops in self.shared.stream[: live.seq]:
            for op in ops:
                board.merge(op)
        return board

    def fit_people(self, place: Place, live: Live) -> None:
        """Who left while the room was loading is gone."""
        present = {member.user for member in place.room.members} if place.room else set()
        for old, new in place.users.items():
            if old not in present:
                self.shared.people.pop(new, None)
                self.forget(new, self.other(place))
        live.people.clear()
        live.people.update(self.shared.people)

    def die(self, place: Place) -> None:
        """A process is killed, wherever it stands; what it committed and did not publish only the database knows."""
        if place.opening:
            return
        self.other(place).survives = True
        for client in [client for client in self.clients if client.room and client.room is place.room]:
            self.disconnect(client)
        self.read_ahead |= (place.committed and place.batch is not None) or bool(place.owed)
        self.places[self.places.index(place)] = again = Place(place.name)
        self.open(again)

    def heal(self, place: Place) -> None:
        """A survivor publishes what the dead process may have committed, as far as its own replica lacks it."""
        if place.survives and place.works and place.room:
            place.survives = False
            place.owed += self.database.ops_beyond(place.room.board)

    # The end.

    def settle_all(self, places: list[Place]) -> Iterator[bool]:
        for place in places:
            if self.is_stale(place):
                self.open(place)
            self.load(place)
            self.load(place)
            while place.inbox:
                self.hear(place, 0)
            self.heal(place)
            self.gather(place)
            self.commit(place)
            self.publish(place)
            self.mend(place)
            self.load(place)
            room = place.room
            yield place.batch is not None or bool(place.owed) or room is None or room.gathered
            while room and (room.live_due or room.ops_due):
                room.flush(ops=True)
        for number, client in enumerate(self.clients):
            self.connect(client, places[number % len(places)], told_since=True)
            while self.read(client, 1):
                yield True
            self.send(client)
            yield bool(client.pending)
        yield any(place.room.live_due or place.room.ops_due for place in places if place.room)

    def teardown(self) -> None:
        try:
            rounds = 0
            while any(list(self.settle_all(self.places))):
                rounds += 1
                assert rounds < 20, "S4: something is never acknowledged"
            board = told(self.database)
            for place in self.places:
                assert place.room
                assert told(place.room.board) == board
            for client in self.clients:
                assert client.paths == board.paths, "everybody converges"
                assert client.cleared == board.cleared
                assert client.room
                assert client.seq == client.room.seq
                assert client.users == set(self.shared.people) == set(client.room.presence.people)
        finally:
            for patch in self.patches:
                patch.stop()


TestReplicas = Replicas.TestCase
TestReplicas.settings = settings(
    max_examples=120,
    stateful_step_count=40,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes longer than a test may: add it by hand
)
