"""The rooms' live state in Redis: epoch and seq, who is there, the newest ops, and the channels between processes."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from time import monotonic
from typing import Any
from uuid import UUID

import msgspec
from redis.asyncio.client import PubSub
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import RedisError

from app.core.errors import RedisUnavailable
from app.core.grouped import Grouped
from app.core.metrics import Histogram
from app.core.redis_client import make_client
from app.schemas.ops import Op, decode_ops, encode_op
from app.services import live_scripts
from app.services.live_messages import PROCESS_CHARS, Joined, Left, Message, Renewed, Slept, address, decode, encode
from app.services.realtime.history import LENGTH, History, touched_by
from app.services.realtime.member import Live
from app.services.realtime.presence import Person

FAILURES = (RedisError, OSError, TimeoutError)
SOMEBODY = 2
"""Processes that hear a message: this one and another."""
PIPELINED = 500
SCANNED_AT_ONCE = 1000
LOOKED_AT_ONCE = 200
"""Rooms that a script looks at: it holds up Redis for less than a millisecond."""


@dataclass(frozen=True, slots=True)
class Publication:
    """Ops to publish in one room, under the epoch in which they were gathered."""

    room_id: UUID
    epoch: str
    ops: list[Op]


@dataclass(frozen=True, slots=True)
class Look:
    """What there is of a room: its epoch, the newest number of a connection, the seq ('' where there is none), and how
    many are in it. If it is the same later, and nobody is in it, nobody was there and nothing was published since."""

    epoch: str
    user: str
    seq: str
    people: int


_looks = msgspec.json.Decoder(list[tuple[str, str, str, int]])
_moved = msgspec.json.Decoder(list[tuple[int, str, str]])


def new_epoch() -> str:
    """An id for a room's new live state."""
    return secrets.token_urlsafe(9)


class LiveState:
    """Redis, as the rooms use it. Every method raises RedisUnavailable when Redis does not answer in time."""

    def __init__(self, url: str, timeout: float, database: str = "") -> None:
        """`database` says which one the rooms are of: live state of another one is not believed."""
        self.process = secrets.token_hex(PROCESS_CHARS // 2)
        self._database = database
        self.timeout = timeout
        self.seconds = Histogram()
        self._redis = make_client(url, timeout)
        self._beats = ""
        self._subscribers = count(1)
        self._scripts: dict[str, str] = {}
        self._joins = Grouped(self._join_all)

    async def connect(self) -> None:
        """See that Redis answers, and teach it the scripts."""
        async with _translated():
            if isinstance(self._redis, RedisCluster):
                await self._redis.aclose()  # its nodes are looked up anew
            else:
                await self._redis.connection_pool.disconnect(inuse_connections=False)
            for name in ("OPEN", "RENEW", "JOIN", "OPS", "LEAVE", "LOOK", "MOVED", "SLEEP", "BEAT"):
                self._scripts[name] = await self._redis.script_load(getattr(live_scripts, name))

    async def close(self) -> None:
        """Take this process out of those that live, if Redis is there, and close every connection."""
        with suppress(RedisUnavailable):
            async with _translated():
                await _awaited(self._redis.hdel("processes", self.process))
        await self._redis.aclose()

    async def beat(self, drop: list[str]) -> dict[str, int]:
        """Tell that this process lives; gives the counts of beats of all processes, but for those to `drop`."""
        counts = await self._run("BEAT", ["processes"], self.process, self._beats, *drop)
        pairs = zip(counts[::2], counts[1::2], strict=True)
        return {process.decode(): int(beats) for process, beats in pairs}

    async def open(self, room_id: UUID) -> Live:
        """Begin or go on with a room's live state. To be called once its channel is subscribed to."""
        keys = [_key(room_id, name) for name in ("meta", "users", "stream")]
        epoch, seq = await self._run("OPEN", keys, self._database + new_epoch(), self._database)
        async with _translated():
            users = await _awaited(self._redis.hgetall(keys[1]))
            entries = await _awaited(self._redis.xrange(keys[2], max=f"{int(seq)}-0"))
        return Live(epoch.decode(), int(seq), _people(users), _history(entries, int(seq)))

    async def renew(self, room_id: UUID) -> None:
        """Give a room a new epoch: every process with a replica loads it anew."""
        epoch = self._database + new_epoch()
        keys = [_key(room_id, "meta"), _key(room_id, "stream")]
        await self._run("RENEW", keys, epoch, channel(room_id), address(self.process, Renewed(epoch)))

    @property
    def _alone_by(self) -> str:
        """The channel that tells scripts whether this process hears its own words (see `live_scripts.TELL`)."""
        return "" if isinstance(self._redis, RedisCluster) else self._beats

    async def join(self, room_id: UUID, epoch: str, name: str) -> int | None:
        """Enter a connection; gives its number, or None if the room has another epoch by now."""
        return await self._joins.get((room_id, epoch, name))

    async def _join_all(self, asked: list[tuple[UUID, str, str]]) -> list[int | None]:
        return await self._run_all("JOIN", [self._join_call(*each) for each in asked])

    def _join_call(self, room_id: UUID, epoch: str, name: str) -> tuple[list[str], tuple[str | bytes, ...]]:
        before, after = address(self.process, Joined(name, self.process, 0))[:-2], b"}"
        person = encode(Person(name, self.process))
        keys = [_key(room_id, "meta"), _key(room_id, "users")]
        return keys, (epoch, person, channel(room_id), before, after, self._alone_by)

    async def leave(self, room_id: UUID, epoch: str, users: list[int]) -> list[int]:
        """Take connections out, and tell it if any was still there; gives those. In another epoch nothing is done."""
        keys = [_key(room_id, "meta"), _key(room_id, "users")]
        gone = await self._run("LEAVE", keys, epoch, channel(room_id), address(self.process, Left(users)), *users)
        return [int(user) for user in gone]

    async def publish_ops(self, publications: Iterable[Publication]) -> list[int | None]:
        """Publish what the rooms committed, in one pipeline; gives each seq, or None where the epoch is another."""
        async with _translated(self.seconds), self._redis.pipeline(transaction=False) as pipe:
            for each in publications:
                keys = [_key(each.room_id, "meta"), _key(each.room_id, "stream")]
                ops = b"[" + b",".join(map(encode_op, each.ops)) + b"]"
                before = self.process.encode() + b'{"type":"ops","epoch":' + encode(each.epoch) + b',"seq":'
                after = b',"ops":' + ops + b"}"
                args = (each.epoch, ops, LENGTH, channel(each.room_id), before, after, self._alone_by)
                pipe.execute_command("EVALSHA", self._scripts["OPS"], len(keys), *keys, *args)
            return list(await pipe.execute())

    async def publish(self, messages: Iterable[tuple[UUID, Message]]) -> list[int]:
        """Tell the other processes something of several rooms, in one pipeline; gives how many processes hear each.

        A node of a cluster counts those that listen at itself only: then it is taken that somebody does.
        """
        cluster = self._redis if isinstance(self._redis, RedisCluster) else None
        async with _translated(self.seconds), self._redis.pipeline(transaction=False) as pipe:
            for room_id, message in messages:
                where = {"target_nodes": cluster.get_node_from_key(channel(room_id))} if cluster else {}
                pipe.execute_command("PUBLISH", channel(room_id), address(self.process, message), **where)
            heard = list(await pipe.execute())
        return [SOMEBODY for _ in heard] if cluster else heard

    async def ops_after(self, room_id: UUID, seq: int) -> list[tuple[int, list[Op]]]:
        """The newest ops, after a seq: what a broken subscription has lost."""
        async with _translated():
            entries = await _awaited(self._redis.xrange(_key(room_id, "stream"), min=f"({seq}-0"))
        return [_entry(entry) for entry in entries]

    async def moved(self, known: dict[UUID, tuple[str, int]]) -> dict[UUID, tuple[str, int]]:
        """The epoch ('' without live state) and seq of rooms, of those for which they are not as they are `known`."""
        found: dict[UUID, tuple[str, int]] = {}
        groups = self._together(list(known))
        calls = [
            ([_key(room_id, "meta") for room_id in group], [str(each) for room_id in group for each in known[room_id]])
            for group in groups
        ]
        for group, answer in zip(groups, await self._run_all("MOVED", calls), strict=True):
            rows = _moved.decode(answer)
            found |= {group[place - 1]: (epoch, int(seq)) for place, epoch, seq in rows}
        return found

    async def count(self, room_id: UUID) -> int:
        """How many connections are in a room, of every process."""
        async with _translated():
            return int(await _awaited(self._redis.hlen(_key(room_id, "users"))))

    async def people(self, room_id: UUID) -> dict[int, Person]:
        """Who is in a room, of every process."""
        async with _translated():
            return _people(await _awaited(self._redis.hgetall(_key(room_id, "users"))))

    async def look(self, room_ids: list[UUID]) -> list["Look"]:
        """What there is of rooms."""
        calls = [
            ([_key(room_id, name) for room_id in group for name in ("meta", "users")], ())
            for group in self._together(room_ids)
        ]
        return [Look(*row) for answer in await self._run_all("LOOK", calls) for row in _looks.decode(answer)]

    def _together(self, room_ids: list[UUID]) -> list[list[UUID]]:
        """Rooms that one script may look at: some hundred, but on a cluster those of one slot, each by itself."""
        most = 1 if isinstance(self._redis, RedisCluster) else LOOKED_AT_ONCE
        return [room_ids[start : start + most] for start in range(0, len(room_ids), most)]

    async def sleep(self, rooms: dict[UUID, "Look"]) -> list[UUID]:
        """Take down the live state of rooms that are still as they were looked at, and empty; gives those."""
        calls = [
            (
                [_key(room_id, name) for name in ("meta", "users", "stream")],
                (look.epoch, look.user, look.seq, channel(room_id), address(self.process, Slept(look.epoch))),
            )
            for room_id, look in rooms.items()
        ]
        done = await self._run_all("SLEEP", calls)
        return [room_id for room_id, taken_down in zip(rooms, done, strict=True) if taken_down]

    async def rooms(self) -> list[UUID]:
        """Every room that has live state."""
        async with _translated():
            found = [name async for name in self._redis.scan_iter(match="room:{*}:meta", count=SCANNED_AT_ONCE)]
        return [UUID(name[6:42].decode()) for name in found]

    def subscriber(self) -> "Subscriber":
        """A connection that hears the channels. It has its own for the beats: Redis may still count one before it."""
        self._beats = f"process:{self.process}:{next(self._subscribers)}"
        return Subscriber(self._redis.pubsub(), self.process, self._beats)

    async def _run(self, script: str, keys: list[str], *args: str | bytes | float) -> Any:  # noqa: ANN401 - as Redis answers
        async with _translated(self.seconds):
            return await _awaited(self._redis.evalsha(self._scripts[script], len(keys), *keys, *args))

    async def _run_all(self, script: str, calls: Sequence[tuple[list[str], Sequence[str | bytes]]]) -> list[Any]:
        """Run a script with keys and arguments after others, in pipelines of bounded size."""
        answers: list[Any] = []
        for start in range(0, len(calls), PIPELINED):
            async with _translated(), self._redis.pipeline(transaction=False) as pipe:
                for keys, args in calls[start : start + PIPELINED]:
                    pipe.execute_command("EVALSHA", self._scripts[script], len(keys), *keys, *args)
                answers += await pipe.execute()
        return answers


class Subscriber:
    """Hears what other processes tell of the rooms whose channels are subscribed to, and this process's own beats."""

    def __init__(self, pubsub: PubSub, process: str, beats: str) -> None:
        self._pubsub = pubsub
        self._process = process.encode()
        self._beats = beats
        self._confirmed: dict[bytes, list[Callable[[], None]]] = {}

    async def open(self, room_ids: Iterable[UUID]) -> None:
        """Connect, and hear this process's own beats and these rooms, from one moment on (see `live_scripts.TELL`)."""
        async with _translated():
            await self._pubsub.subscribe(self._beats, *map(channel, room_ids))

    async def subscribe(self, room_id: UUID, confirmed: Callable[[], None]) -> None:
        """Ask for a room's channel; `confirmed` is called by `listen` when nothing on it can be missed any more."""
        self._confirmed.setdefault(channel(room_id).encode(), []).append(confirmed)
        async with _translated():
            await self._pubsub.subscribe(channel(room_id))

    async def unsubscribe(self, room_id: UUID) -> None:
        """Hear no more of a room."""
        async with _translated():
            await self._pubsub.unsubscribe(channel(room_id))

    async def listen(self, hear: Callable[[UUID, Message], None], seconds: float) -> None:
        """Hand over every message of other processes. Ends with RedisUnavailable: the line broke, or was silent."""
        async with _translated():
            while True:
                heard = await self._pubsub.get_message(timeout=seconds)
                if heard is None:
                    raise RedisUnavailable(f"Redis was silent for {seconds:g} s")
                self._dispatch(heard, hear)

    async def close(self) -> None:
        """Close the connection."""
        async with _translated():
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]

    def _dispatch(self, heard: dict[str, Any], hear: Callable[[UUID, Message], None]) -> None:
        if heard["type"] == "subscribe":
            for confirmed in self._confirmed.pop(heard["channel"], []):
                confirmed()
        elif heard["type"] == "message" and not heard["data"].startswith(self._process):
            hear(UUID(heard["channel"].decode()[6:42]), decode.decode(heard["data"][PROCESS_CHARS:]))


def channel(room_id: UUID) -> str:
    """The channel on which processes tell one another of a room."""
    return _key(room_id, "channel")


def _key(room_id: UUID, name: str) -> str:
    return f"room:{{{room_id}}}:{name}"


def _people(users: dict[bytes, bytes]) -> dict[int, Person]:
    return {int(user): msgspec.json.decode(person, type=Person) for user, person in users.items()}


def _history(entries: list[tuple[bytes, dict[bytes, bytes]]], seq: int) -> History:
    """What the stream remembers; an unbroken run that ends with `seq`, or nothing."""
    parsed = [_entry(entry) for entry in entries]
    if not parsed or parsed[-1][0] != seq:
        return History(seq)
    history = History(parsed[0][0] - 1)
    for entry_seq, ops in parsed:
        history.add(entry_seq, touched_by(ops))
    return history


def _entry(entry: tuple[bytes, dict[bytes, bytes]]) -> tuple[int, list[Op]]:
    name, fields = entry
    return int(name.split(b"-")[0]), decode_ops(fields[b"ops"])


async def _awaited(result: Awaitable[Any] | Any) -> Any:  # noqa: ANN401 - redis-py types both its clients as one
    return await result


@asynccontextmanager
async def _translated(seconds: Histogram | None = None) -> AsyncIterator[None]:
    """Whatever keeps Redis from answering becomes RedisUnavailable; how long it took is counted."""
    begun = monotonic()
    try:
        yield
        if seconds:
            seconds.observe(monotonic() - begun)
    except FAILURES as error:
        raise RedisUnavailable(f"Redis does not answer: {error}") from error
