"""No process of ours outlives the one that started it."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(by: signal.Signals = signal.SIGKILL, parent: int | None = None) -> None:
    """Have the kernel send a signal to this process when its parent ends, however that happens (Linux only).

    `parent`: the process id of the parent where it is known; one that ended before counts, too.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0)
        if parent is not None and os.getppid() != parent:
            os.kill(os.getpid(), by)
