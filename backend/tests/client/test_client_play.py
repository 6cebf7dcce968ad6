"""Playing a recorded drawing: reading the file, its pace, and the whole way to a server."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from client_fakes import SNAPSHOT, WELCOME, FakeServer, Json

from whiteboard_client import play as playing
from whiteboard_client.errors import BadValueError, RecordingError, RefusedError
from whiteboard_client.play import Pace, perform, play
from whiteboard_client.recording import RecordedStroke, read_recording
from whiteboard_client.rooms import Seat

STROKE = {"t": 0, "color": "#1d3557", "width": 3, "points": [[0, 0, 0], [10, 5.5, 40]]}


def written(folder: Path, *lines: Json) -> Path:
    file = folder / "drawing.jsonl"
    file.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines), "utf-8")
    return file


def test_a_recording_is_read_by_the_time_of_pen_down(tmp_path: Path) -> None:
    later = STROKE | {"t": 500.5}
    strokes = read_recording(written(tmp_path, later, STROKE))
    assert [stroke.t for stroke in strokes] == [0, 500.5]
    assert strokes[0] == RecordedStroke(0, "#1d3557", 3, ((0, 0, 0), (10, 5.5, 40)))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "blank"),
        ("{", "truncated"),
        ("[]", "Expected `object`"),
        ({}, "missing required field `t`"),
        (STROKE | {"pen": 1}, "unknown field `pen`"),
        (STROKE | {"t": "0"}, "Expected `float`, got `str` - at `$.t`"),
        (STROKE | {"t": -1}, "t must be 0 or more"),
        (STROKE | {"color": "red"}, "a colour must be"),
        (STROKE | {"color": "#1D3557"}, "a colour must be"),
        (STROKE | {"width": 0}, "a width must be"),
        (STROKE | {"points": []}, "at least one point"),
        (STROKE | {"points": [[0, 0]]}, "`array` of length 3 - at `$.points[0]`"),
        (STROKE | {"points": [[0, 0, 0, 0]]}, "`array` of length 3 - at `$.points[0]`"),
        (STROKE | {"points": [[0, 2e6, 0]]}, "points must be numbers from"),
        (STROKE | {"points": [[0, 0, 5], [0, 0, 4]]}, "never go back"),
        (STROKE | {"points": [[0, 0, -5]]}, "never go back"),
        (STROKE | {"points": [[0, 0, None]]}, "got `null`"),
    ],
)
def test_a_bad_line_is_told_with_its_number(tmp_path: Path, line: Json, problem: str) -> None:
    file = written(tmp_path, STROKE, line, STROKE)
    with pytest.raises(RecordingError) as caught:
        read_recording(file)
    assert caught.value.line == 2
    assert problem in caught.value.problem
    assert str(caught.value).startswith("line 2: ")


def test_a_file_that_is_empty_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="empty"):
        read_recording(written(tmp_path))
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecordingError, match="line 1"):
        read_recording(binary)


class Canvas:
    """Notes what is drawn, and when; time passes only in sleep."""

    tick_ms = 100

    def __init__(self) -> None:
        self.seconds = 0.0
        self.notes: list[Json] = []

    def note(self, *what: Json) -> None:
        self.notes.append((round(self.seconds * 1000), *what))

    def live(self, points: Sequence[float], color: str, width: float, *, path_id: str | None) -> str:
        begun = f"{color} {width}"
        assert path_id in {None, begun}
        self.note("begin" if path_id is None else "go on", color, list(points))
        return begun

    def put(self, path_id: str, d: str, color: str, width: float) -> None:
        assert path_id == f"{color} {width}"
        self.note("put", color, d)

    def cursor(self, x: float | None = None, y: float | None = None) -> None:
        self.note("cursor", x, y)

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


async def performed(strokes: Sequence[RecordedStroke], speed: float = 1.0) -> list[Json]:
    canvas = Canvas()
    await perform(canvas, strokes, Pace(speed, now=lambda: canvas.seconds, sleep=canvas.sleep))
    return canvas.notes


SLOW = RecordedStroke(0, "#000000", 2, ((0, 0, 0), (1, 1, 90), (2, 2, 110), (3, 3, 250)))
OTHER = RecordedStroke(150, "#ff0000", 2, ((9, 9, 0),))


async def test_strokes_are_shown_at_their_pace_tick_by_tick() -> None:
    assert await performed([SLOW, OTHER]) == [
        (0, "begin", "#000000", [0, 0]),
        (0, "cursor", 0, 0),
        (100, "go on", "#000000", [1, 1]),
        (100, "cursor", 1, 1),
        (200, "go on", "#000000", [2, 2]),
        (200, "cursor", 2, 2),
        (200, "begin", "#ff0000", [9, 9]),
        (200, "cursor", 9, 9),
        (200, "put", "#ff0000", "M9 9L9 9"),
        (300, "go on", "#000000", [3, 3]),
        (300, "cursor", 3, 3),
        (300, "put", "#000000", "M0 0L1 1L2 2L3 3"),
        (400, "cursor", None, None),
    ]


async def test_speed_shortens_the_time_and_loses_no_point() -> None:
    notes = await performed([SLOW], speed=10)
    assert [note[:2] for note in notes if note[1] in {"begin", "go on", "put"}] == [
        (0, "begin"),
        (100, "go on"),
        (100, "put"),
    ]
    assert [value for note in notes if note[1] in {"begin", "go on"} for value in note[3]] == [0, 0, 1, 1, 2, 2, 3, 3]


async def test_play_joins_draws_and_waits_until_all_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ops: list[Json] = []
    async with FakeServer.run() as server:

        async def join(invite_url: str, name: str) -> Seat:
            assert (invite_url, name) == ("invite", "Bo")
            return server.seat

        monkeypatch.setattr(playing, "join_room", join)
        serving = asyncio.create_task(serve(server, ops))
        assert await play(written(tmp_path, STROKE, STROKE | {"t": 1}), "invite", name="Bo", speed=1000) == 2
        serving.cancel()
    assert [op["d"] for op in ops] == ["M0 0L10 5.5"] * 2


async def test_play_tells_of_strokes_that_were_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeServer.run() as server:

        async def join(*_: str) -> Seat:
            return server.seat

        monkeypatch.setattr(playing, "join_room", join)
        serving = asyncio.create_task(serve(server, None))
        with pytest.raises(RefusedError, match="1 refused, first: too_old: no"):
            await play(written(tmp_path, STROKE), "invite", speed=1000)
        serving.cancel()


async def serve(server: FakeServer, ops: list[Json] | None) -> None:
    """Takes every op of one connection, or refuses it."""
    talk = await server.talk()
    await talk.hear()
    await talk.say(WELCOME | {"tick_ms": 1}, SNAPSHOT)
    seq = 0
    while True:
        batch = await talk.hear()
        if not batch.get("ops"):
            continue
        seq += 1
        if ops is None:
            await talk.say({"t": "error", "code": "too_old", "detail": "no", "n": batch["n"], "i": 0})
        else:
            ops += batch["ops"]
            await talk.say({"t": "tick", "seq": seq, "from": seq, "ops": batch["ops"], "acks": [[1, batch["n"]]]})


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
async def test_play_refuses_a_speed_that_is_none(tmp_path: Path, speed: float) -> None:
    with pytest.raises(BadValueError):
        await play(written(tmp_path, STROKE), "invite", speed=speed)
