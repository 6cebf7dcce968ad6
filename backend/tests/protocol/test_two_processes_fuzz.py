"""People on two server processes do what they like, and lose their lines; at the end all agree, and the disk too."""

import asyncio
from random import Random

import pytest
from processes import stored
from server_process import ServerProcess
from wire import Client, Frame, same_board, together
from wire_board import Op, merged
from wire_door import Door, Room

pytestmark = pytest.mark.process

SEEDS = range(3)
PEOPLE = 5
STEPS = 160
ACTIONS = {"edit": 60, "tie": 12, "again": 8, "stroke": 25, "cursor": 8, "reconnect": 8, "resync": 2}

Pair = tuple[ServerProcess, ServerProcess]


class Play:
    """One seed's play: who is there, every op that was ever sent, and every stroke that was begun."""

    def __init__(self, seed: int, door: Door, room: Room, urls: list[str]) -> None:
        self.chance = Random(seed)
        self.door = door
        self.room = room
        self.urls = urls
        self.people: list[Client] = []
        self.ops: list[Op] = []
        self.strokes: dict[str, Frame] = {}
        self.drawing: dict[Client, Frame] = {}

    async def run(self) -> None:
        for _ in range(PEOPLE):
            self.people.append(await self._enter())
        for _ in range(STEPS):
            person = self.chance.randrange(PEOPLE)
            (action,) = self.chance.choices(list(ACTIONS), list(ACTIONS.values()))
            await getattr(self, f"_{action}")(person)
            await asyncio.sleep(self.chance.choice((0, 0, 0.005, 0.02)))
        for client, piece in list(self.drawing.items()):
            await self._send(client, client.put(piece["id"]))
        for client in self.people:
            await client.save(cursor=[client.user, 1])

    async def _enter(self, before: Client | None = None) -> Client:
        client = await self.door.enter(
            self.room,
            memory=before.memory if before else None,
            at=self.chance.choice(self.urls),
            takes_gzip=self.chance.random() < 0.5,
            random=self.chance,
        )
        if before and before.unacknowledged:
            await client.batch(*before.unacknowledged)
        return client

    async def _send(self, client: Client, *ops: Op, **rest: object) -> None:
        self.ops += ops
        await client.batch(*ops, **rest)

    async def _edit(self, person: int) -> None:
        client = self.people[person]
        await self._send(client, *(self._any_op(client) for _ in range(self.chance.choice((1, 1, 1, 2, 8)))))

    def _any_op(self, client: Client) -> Op:
        kind = self.chance.random()
        known = self.chance.choice(self.ops)["ts"] if self.ops else client.stamp()
        if kind < 0.03:
            return client.clear(known if self.chance.random() < 0.7 else None)
        path_id = self._known_id() if kind < 0.6 else client.new_id()
        if kind < 0.2:
            return client.delete(path_id)
        return client.put(path_id, d=f"M0 0L{self.chance.randrange(9)} 1", width=self.chance.choice((1, 2.5, 10)))

    def _known_id(self) -> str:
        ids = [op["id"] for op in self.ops[-60:] if op["op"] != "clear"]
        return self.chance.choice(ids) if ids else self.people[0].new_id()

    async def _tie(self, person: int) -> None:
        """Another op with the id and stamp of one that was sent not long ago."""
        client = self.people[person]
        rivals = [op for op in self.ops[-20:] if op["op"] == "put"]
        if rivals:
            rival = self.chance.choice(rivals)
            changes = {"width": self.chance.choice((1, 9, 10)), "color": self.chance.choice(("#000000", "#ff000080"))}
            gone = client.delete(rival["id"], rival["ts"])
            await self._send(client, gone if self.chance.random() < 0.2 else {**rival, **changes})

    async def _again(self, person: int) -> None:
        """An op that was sent before, by whomever."""
        if self.ops:
            await self.people[person].batch(self.chance.choice(self.ops))

    async def _stroke(self, person: int) -> None:
        client = self.people[person]
        piece = self.drawing.get(client)
        if piece is None:
            self.drawing[client] = piece = client.piece(1, 2)
            self.strokes[piece["id"]] = piece
            await client.live(piece)
        elif self.chance.random() < 0.6:
            await client.live({**piece, "points": [self.chance.randrange(9), 3]})
        else:
            del self.drawing[client]
            if self.chance.random() < 0.7:
                await self._send(client, client.put(piece["id"]), live=[{**piece, "points": [9, 9]}])
            else:
                await client.live({"id": piece["id"], "end": True})

    async def _cursor(self, person: int) -> None:
        place = [self.chance.randrange(99), 0] if self.chance.random() < 0.8 else None
        await self.people[person].live(cursor=place)

    async def _reconnect(self, person: int) -> None:
        client = self.people[person]
        self.drawing.pop(client, None)
        await (client.abort() if self.chance.random() < 0.7 else client.close())
        self.people[person] = await self._enter(client)

    async def _resync(self, person: int) -> None:
        await self.people[person].resync()


def expected_of(play: Play, paths: dict[str, Op]) -> dict[str, Op]:
    """What all the ops give, along with the strokes that were kept of dead connections (P4), as far as they are so."""
    kept = []
    for path_id in paths.keys() & play.strokes.keys():
        path, piece = paths[path_id], play.strokes[path_id]
        if path["ts"] == piece["ts"]:
            assert path["d"].startswith("M1 2L")
            assert (path["color"], path["width"]) == (piece["color"], piece["width"])
            kept.append({"op": "put", **path})
    return merged([*play.ops, *kept]).paths


@pytest.mark.parametrize("seed", SEEDS)
async def test_w4_s3_s5_all_agree_in_the_end(seed: int, servers: Pair) -> None:
    async with Door(servers[0].url) as door:
        room = await door.create()
        play = Play(seed, door, room, [server.url for server in servers])
        await play.run()
        cold = [await door.enter(room, at=server.url) for server in servers]
        everybody = [*play.people, *cold]
        await together(everybody, lambda: all(c.users == cold[0].users and len(c.users) == 7 for c in everybody))
        await together(everybody, lambda: not any(client.strokes for client in everybody))
        places = {client.user: (client.user, 1) for client in play.people}
        await together(everybody, lambda: all(client.cursors == places for client in everybody))
        await same_board(*everybody)
        paths = cold[0].board.paths
        assert paths == expected_of(play, paths)
        assert paths == stored(servers[0].data_dir, room.id)
        assert [client.errors for client in door.clients if client.errors] == []
        assert_same_ticks(door.clients)


def assert_same_ticks(clients: list[Client]) -> None:
    """S3: what anybody was shown under a seq, everybody was."""
    known: dict[tuple[str, int], list[Op]] = {}
    for client in clients:
        for key, ops in client.ticks.items():
            assert sorted(map(str, ops)) == sorted(map(str, known.setdefault(key, ops))), key
