"""A board to be looked at: strokes as pens leave them, all over a square that grows with their number."""

import math
import random

from whiteboard_client import Invitation, connect, create_room

COLORS = ("#1e1e24", "#e03131", "#f08c00", "#2f9e44", "#1971c2", "#9c36b5")
ROOM_A_PATH = 2400.0
"""Board units squared: a window of 1440 by 900 at full size shows some five hundred paths of any board."""
AT_ONCE = 1000


def stroke(rng: random.Random, side: float) -> str:
    """Some thirty curves, now handwriting, now a long line."""
    x, y, heading = rng.uniform(0, side), rng.uniform(0, side), rng.uniform(0, math.tau)
    step, bend = rng.choice((2.5, 4.0, 7.0)), rng.uniform(-0.25, 0.25)
    d = f"M{number(x)} {number(y)}"
    for _ in range(rng.randrange(15, 45)):
        heading += bend + rng.uniform(-0.3, 0.3)
        control = x + step * math.cos(heading), y + step * math.sin(heading)
        x, y = control[0] + step * math.cos(heading + bend), control[1] + step * math.sin(heading + bend)
        d += f"Q{number(control[0])} {number(control[1])} {number(x)} {number(y)}"
    return d


def number(value: float) -> str:
    """V1's spelling of a coordinate, to two decimals."""
    rounded = round(value, 2) + 0.0  # no -0
    return f"{rounded:.2f}".rstrip("0").rstrip(".")


async def fill(url: str, paths: int) -> Invitation:
    """Make a board of that many strokes."""
    rng, side = random.Random(7), math.sqrt(paths * ROOM_A_PATH)  # noqa: S311 - a drawing
    invitation = await create_room(url, "Filler")
    async with connect(invitation.seat) as board:
        for drawn in range(paths):
            board.draw(stroke(rng, side), color=rng.choice(COLORS), width=rng.choice((2.0, 4.0, 8.0)))
            if drawn % AT_ONCE == AT_ONCE - 1:
                await board.saved()
        await board.saved()
    return invitation
