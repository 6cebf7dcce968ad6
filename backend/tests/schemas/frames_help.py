"""Reading frames, for tests."""

import json

from hypothesis import strategies as st
from wire_values import PUT

from app.schemas.frames import Batch, read_frame

GOOD = json.dumps(PUT)
texts = st.text(st.characters(codec="utf-8"))


def batch(text: str) -> Batch:
    frame = read_frame(text)
    assert isinstance(frame, Batch)
    return frame
