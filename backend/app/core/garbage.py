"""Python's cycle collector, set for a server: what lives long is looked through seldom.

Ten thousand connections are millions of objects. By default a full collection comes whenever their number has grown by
a quarter, and holds up everybody for its whole length (0.3 s were seen while a thousand people came).
"""

import gc

THRESHOLDS = (20_000, 5, 200)
"""The second one bounds the pause while many come: 100,000 objects that are all in use took 50 ms, 400,000 200 ms."""


def collect_little() -> None:
    """Look for few cycles while the program is imported: what comes in then is to stay, and a fifth of the time went
    into looking through it again and again."""
    gc.set_threshold(THRESHOLDS[0] * 10)


def collect_seldom() -> None:
    """Leave alone what is there already, and look for cycles after 20,000 new objects, not 700."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
