"""The rules of stamps (W5). A stamp is milliseconds of server time * 4096 + a counter."""

COUNTS_PER_MS = 4096
AHEAD_MS = 60_000
BEHIND_MS = 30 * 24 * 3600 * 1000


def stamp_of(ms: int) -> int:
    """The first stamp of a millisecond."""
    return ms * COUNTS_PER_MS


def skew(ts: int, now_ms: int, newest: int) -> str | None:
    """W5: the error code for a stamp too far from the server's clock, or None; `newest`: the room's greatest stamp."""
    if ts > stamp_of(now_ms + AHEAD_MS) and ts > newest + COUNTS_PER_MS:
        return "clock_skew"
    if ts < stamp_of(now_ms - BEHIND_MS):
        return "too_old"
    return None
