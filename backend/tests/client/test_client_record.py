"""Recording what is drawn in a room."""

from pathlib import Path

from whiteboard_client.events import Received
from whiteboard_client.messages import Piece, Put, Tick
from whiteboard_client.record import Recorder, write_recording
from whiteboard_client.recording import read_recording

ID = "0190a000-0000-7000-8000-000000000001"


def test_strokes_are_recorded_with_their_times_and_can_be_played(tmp_path: Path) -> None:
    now = 1000.0
    recorder = Recorder(lambda: now)
    recorder.observe(Received(Tick(live=((1, Piece(ID, 7, "#1d3557", 3, (0, 0))),))))
    now = 1100.0
    recorder.observe(Received(Tick(live=((1, Piece(ID, 7, "#1d3557", 3, (1, 1, 2, 2))),))))
    recorder.observe(Received(Tick(ops=(Put(ID, 8, "M0 0L2 2", "#1d3557", 3),))))
    write_recording(tmp_path / "drawing.jsonl", recorder.finished)
    (stroke,) = read_recording(tmp_path / "drawing.jsonl")
    assert (stroke.t, stroke.color, stroke.width) == (0, "#1d3557", 3)
    assert stroke.points == ((0, 0, 0), (1, 1, 50), (2, 2, 100))


def test_a_stroke_that_was_abandoned_is_not_recorded() -> None:
    recorder = Recorder(lambda: 0.0)
    recorder.observe(Received(Tick(live=((1, Piece(ID, 7, "#1d3557", 3, (0, 0))),))))
    recorder.observe(Received(Tick(live=((1, Piece(ID, end=True)),))))
    recorder.observe(Received(Tick(ops=(Put(ID, 8, "M0 0L2 2", "#1d3557", 3),))))
    assert recorder.finished == []
