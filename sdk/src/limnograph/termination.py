"""
SIGTERM where the application does not handle it: the last events are sent, then all ends.

Rule: only Python's default is replaced, and only until the application installs a handler of its
own; the process ends by the signal as it would have.
"""

import os
import signal
from collections.abc import Callable
from types import FrameType

from limnograph import faults


def install(leave: Callable[[], object]) -> None:
    """Let *leave* run before SIGTERM ends the process; nothing where that is not ours to do."""

    def on_sigterm(_number: int, _frame: FrameType | None) -> None:
        try:
            leave()
        except Exception as exc:
            faults.count(exc)
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)

    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, on_sigterm)
    except ValueError:  # not the main thread, which alone may install handlers
        return
