"""P1 to P4: who is there, where their cursors are, and what they are drawing."""

import asyncio

import pytest
from wire import Client
from wire_door import Door, Room

pytestmark = pytest.mark.process


@pytest.fixture
async def pair(door: Door, room: Room) -> tuple[Client, Client]:
    """Two clients of a new room."""
    one, other = await door.several(room, ["Ada", "Bob"])
    return one, other


def told(client: Client, kind: str) -> list[object]:
    """All that ticks have told of a kind."""
    return [each for tick in client.of("tick") for each in tick.get(kind, ())]


# P1


async def test_p1_joined_and_left_tell_of_every_connection_once(door: Door, room: Room) -> None:
    witness = await door.enter(room, "Wit")
    token = await door.token(room, "Ada")
    first, second = [await door.enter(room, token=token) for _ in range(2)]  # two connections of one session
    assert len({witness.user, first.user, second.user}) == 3
    await witness.until(lambda: len(witness.users) == 3)
    await first.close()
    await witness.until(lambda: first.user not in witness.users)
    await second.abort()
    await witness.until(lambda: second.user not in witness.users)
    third = await door.enter(room, token=token)
    await witness.until(lambda: third.user in witness.users)
    joined = [each for each in told(witness, "joined") if each["user"] != witness.user]
    assert joined == [{"user": user, "name": "Ada"} for user in (first.user, second.user, third.user)]
    assert told(witness, "left") == [first.user, second.user]


async def test_p1_welcome_holds_everybody_oneself_too(door: Door, room: Room) -> None:
    clients = [await door.enter(room, name) for name in ("Ada", "Bob", "Ada")]
    last = clients[-1].welcome
    assert last["users"] == [
        {"user": client.user, "name": name} for client, name in zip(clients, ("Ada", "Bob", "Ada"), strict=True)
    ]
    for client in clients:
        await client.until(lambda c=client: len(c.users) == 3)
    assert clients[0].users == clients[1].users == clients[2].users


async def test_p1_rooms_know_nothing_of_one_another(door: Door, room: Room) -> None:
    one, stranger = await door.enter(room), await door.enter(await door.create("Eve"))
    await stranger.save(stranger.put(), live=[stranger.piece(1, 2)], cursor=[3, 4])
    await one.ping()
    assert stranger.board.paths
    assert len(one.users) == 1
    assert not one.board.paths
    assert not one.strokes
    assert not one.cursors


async def test_s8_many_people_in_a_room(door: Door, room: Room) -> None:
    clients = [await door.enter(room) for _ in range(60)]
    for client in clients:
        await client.batch(client.put(), cursor=[client.user, 0])
    for client in clients:
        await client.until(lambda c=client: len(c.users) == 60 and len(c.board.paths) == 60 and len(c.cursors) == 60)


# P2


async def test_p2_cursors_are_shown_and_taken_away_by_null(pair: tuple[Client, Client], door: Door, room: Room) -> None:
    one, other = pair
    await one.live(cursor=[1.5, -2])
    await other.until(lambda: other.cursors.get(one.user) == (1.5, -2))
    newcomer = await door.enter(room)
    assert [one.user, 1.5, -2] in newcomer.welcome["cursors"]
    await one.live(cursor=None)
    await other.until(lambda: one.user not in other.cursors)
    assert [one.user, None] in told(other, "cursors")
    assert (await door.enter(room)).welcome["cursors"] == []


async def test_p2_the_newest_cursor_wins(pair: tuple[Client, Client]) -> None:
    one, other = pair
    for i in range(200):
        await one.live(cursor=[i, i])
    await other.until(lambda: other.cursors.get(one.user) == (199, 199))
    shown = [x for user, x, *_ in told(other, "cursors") if user == one.user]
    assert shown == sorted(shown)
    await one.live(cursor=[7, 7])
    await one.live(cursor=None)
    await other.until(lambda: one.user not in other.cursors)


async def test_p2_a_batch_without_a_cursor_leaves_it(pair: tuple[Client, Client]) -> None:
    one, other = pair
    await one.live(cursor=[1, 2])
    await other.until(lambda: one.user in other.cursors)
    await one.save(one.put())
    await other.until(lambda: other.board.paths)
    assert other.cursors[one.user] == (1, 2)


# P3


async def test_p3_a_stroke_is_shown_while_it_is_drawn_then_replaced_by_its_put(pair: tuple[Client, Client]) -> None:
    one, other = pair
    piece = one.piece(0, 0)
    for i in range(1, 6):
        await one.live({**piece, "points": [i, i]})
        await other.until(lambda i=i: other.strokes.get(piece["id"], (0, []))[1][-1:] == [i])
    assert other.strokes[piece["id"]] == (one.user, [n for i in range(1, 6) for n in (i, i)])
    await one.save(one.put(piece["id"]))
    await other.until(lambda: piece["id"] in other.board.paths)
    await other.ping()
    assert piece["id"] not in other.strokes
    assert not any(stroke.get("end") for _, stroke in told(other, "live"))


async def test_p3_a_newcomer_is_shown_strokes_under_way_from_their_beginning(
    pair: tuple[Client, Client], door: Door, room: Room
) -> None:
    one, other = pair
    piece = one.piece(1, 2)
    await one.live(piece)
    await other.until(lambda: piece["id"] in other.strokes)
    newcomer = await door.enter(room)
    await one.live({**piece, "points": [3, 4]})
    for client in (other, newcomer):
        await client.until(lambda c=client: c.strokes.get(piece["id"]) == (one.user, [1, 2, 3, 4]))
    (user, stroke), *_ = newcomer.welcome["live"]
    assert (user, stroke["id"], stroke["color"], stroke["width"]) == (one.user, piece["id"], "#00ff00", 3)


async def test_p3_an_abandoned_stroke_ends_for_everybody_and_leaves_nothing(pair: tuple[Client, Client]) -> None:
    one, other = pair
    piece = one.piece(1, 2, 3, 4)
    await one.live(piece)
    await other.until(lambda: piece["id"] in other.strokes)
    await one.live({"id": piece["id"], "end": True})
    await other.until(lambda: piece["id"] not in other.strokes)
    assert [one.user, {"id": piece["id"], "end": True}] in told(other, "live")
    await one.close()
    await other.until(lambda: one.user not in other.users)
    await other.save()
    assert other.board.paths == {}


@pytest.mark.parametrize("why", ["lost to a clear", "lost to a del", "refused", "skewed"])
async def test_p3_a_put_that_has_lost_or_was_refused_ends_its_stroke_for_everybody(
    why: str, pair: tuple[Client, Client]
) -> None:
    one, other = pair
    piece = one.piece(1, 2, 3, 4)
    await one.live(piece)
    for client in (one, other):
        await client.until(lambda c=client: piece["id"] in c.strokes)
    op = one.put(piece["id"])
    if why == "lost to a clear":
        await other.save(other.clear(op["ts"] + 1))
    elif why == "lost to a del":
        await other.save(other.delete(piece["id"], op["ts"] + 1))
    elif why == "refused":
        op["d"] = "nonsense"
    else:
        op["ts"] = one.stamp(90_000)
    await one.save(op)
    for client in (one, other):
        await client.until(lambda c=client: [one.user, {"id": piece["id"], "end": True}] in told(c, "live"))
        assert piece["id"] not in client.strokes
    await one.close()
    await other.until(lambda: one.user not in other.users)
    await other.save()
    assert piece["id"] not in other.board.paths, "a refused or beaten stroke came back"


# P4


@pytest.mark.parametrize("end", ["close", "abort"])
async def test_p4_a_stroke_of_a_dead_connection_becomes_a_put(end: str, pair: tuple[Client, Client]) -> None:
    one, other = pair
    pieces = [one.piece(0.12345, -0.0001, 1e6, 7.5), one.piece(1, 1, color="#ff000080", width=0.5), one.piece(5, 5)]
    await one.live(*pieces, cursor=[1, 2])
    await one.live({**pieces[1], "points": [2.0005, 3]})
    await other.until(lambda: len(other.strokes.get(pieces[1]["id"], (0, []))[1]) == 4 and one.user in other.cursors)
    await (one.abort() if end == "abort" else one.close())
    await other.until(lambda: one.user not in other.users)
    assert other.strokes == {}
    assert other.cursors == {}
    await other.until(lambda: len(other.board.paths) == 2)
    first, second = (other.board.paths[piece["id"]] for piece in pieces[:2])
    assert first == {
        "id": pieces[0]["id"],
        "ts": pieces[0]["ts"],
        "d": "M0.123 0L1000000 7.5",
        "color": "#00ff00",
        "width": 3,
    }
    assert second["ts"] == pieces[1]["ts"]
    assert (second["color"], second["width"]) == ("#ff000080", 0.5)
    assert second["d"] in ("M1 1L2.001 3", "M1 1L2 3")
    await other.save()
    assert pieces[2]["id"] not in other.board.paths, "one point makes no path"


async def test_p4_the_authors_own_later_put_of_that_id_wins(
    pair: tuple[Client, Client], door: Door, room: Room
) -> None:
    one, other = pair
    piece = one.piece(1, 2, 3, 4)
    await one.live(piece)
    await other.until(lambda: piece["id"] in other.strokes)
    await one.abort()
    await other.until(lambda: piece["id"] in other.board.paths)
    back = await door.enter(room, memory=one.memory)
    final = back.put(piece["id"], d="M1 2L3 4L5 6")
    await back.save(final)
    await other.until(lambda: other.board.paths[piece["id"]]["d"] == final["d"])


async def test_p4_a_stroke_that_was_put_or_deleted_is_not_kept_again(pair: tuple[Client, Client]) -> None:
    one, other = pair
    put, deleted = one.piece(1, 2, 3, 4), one.piece(1, 2, 3, 4)
    await one.live(put, deleted)
    await other.until(lambda: len(other.strokes) == 2)
    op = one.put(put["id"], d="M7 7L8 8")
    await one.batch(op, one.delete(deleted["id"]), live=[put, deleted])
    await one.close()
    await other.until(lambda: one.user not in other.users)
    await other.until(lambda: put["id"] in other.board.paths)
    await other.save()
    assert {key: path["d"] for key, path in other.board.paths.items()} == {op["id"]: "M7 7L8 8"}


async def test_p4_a_clear_after_pen_down_takes_what_a_dead_connection_leaves(pair: tuple[Client, Client]) -> None:
    one, other = pair
    piece = one.piece(1, 2, 3, 4)
    await one.live(piece)
    await other.until(lambda: piece["id"] in other.strokes)
    await other.save(other.clear())
    await one.abort()
    await other.until(lambda: one.user not in other.users)
    await other.save()
    assert other.board.paths == {}
    assert other.strokes == {}


async def test_p4_what_is_kept_is_on_disk(door: Door, room: Room) -> None:
    one = await door.enter(room)
    piece = one.piece(1, 2, 3, 4)
    await one.live(piece)
    await one.until(lambda: piece["id"] in one.strokes)
    await one.abort()  # the last one in the room
    async with asyncio.timeout(15):
        while True:
            back = await door.enter(room)
            if piece["id"] in back.board.paths:
                break
            await back.close()
