"""How a process goes along with its parent: ends when it ends, and takes the terminal's Ctrl-C from it."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator

PR_SET_PDEATHSIG = 1
STDIN = 0


def end_with_parent(parent: int, number: signal.Signals = signal.SIGKILL) -> Callable[[], None] | None:
    """Give what a child calls to get the signal `number` when the process `parent` dies, even by SIGKILL.

    Only Linux can do that (prctl(2)): elsewhere None. For `preexec_fn`, so all is made ready before the fork.
    """
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return arrange


@contextlib.contextmanager
def owned_terminal() -> Iterator[None]:
    """Be the terminal's foreground job while the block runs, so that Ctrl-C reaches this process and not its parent.

    `make` would end with status 130 otherwise. In the background, or without a terminal, nothing happens.
    """
    group = os.getpgrp()
    if foreground_group() != group:
        yield
        return
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # or giving the terminal back would stop this process
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # the parent would wait for ever
    os.setpgid(0, 0)
    os.tcsetpgrp(STDIN, os.getpgrp())
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # the terminal may be gone
            os.tcsetpgrp(STDIN, group)


def foreground_group() -> int | None:
    """Give the process group that Ctrl-C goes to; None if stdin is not this session's terminal."""
    try:
        return os.tcgetpgrp(STDIN)
    except OSError:
        return None
