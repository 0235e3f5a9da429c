"""
SIGTERM where the application does not handle it: the last events are sent, then all ends.

Rule: only Python's default is replaced, and only until the application installs a handler of its
own; the process ends by the signal as it would have.

Servers put the default back and raise the signal again when they have wound up; uvicorn does, after
it has imported the application. Where a handler is found, the default that replaces it later is
ours as well.
"""

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

from limnograph import faults

_set_handler: Callable[[int, Any], Any] = signal.signal


class _Ending:
    """What to do before the end, and whether ``signal.signal`` was told of it."""

    leave: Callable[[], object] | None = None
    followed = False


def install(leave: Callable[[], object]) -> None:
    """Let *leave* run before SIGTERM ends the process; nothing where that is not ours to do."""
    _Ending.leave = leave
    try:
        handler = signal.getsignal(signal.SIGTERM)
        if handler is signal.SIG_DFL:
            _set_handler(signal.SIGTERM, _on_sigterm)
        elif callable(handler) and handler is not _on_sigterm and not _Ending.followed:
            _Ending.followed = True
            signal.signal = _setting  # type: ignore[assignment]  # the module's own name: whoever sets handlers looks there
    except ValueError:  # not the main thread, which alone may install handlers
        return


def _on_sigterm(_number: int, _frame: FrameType | None) -> None:
    try:
        if _Ending.leave is not None:
            _Ending.leave()
    except Exception as exc:
        faults.count(exc)
    finally:
        _set_handler(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)


def _setting(signalnum: int, handler: Any, /) -> Any:
    """Set the handler for the given signal; the default of SIGTERM sends the last events first."""
    ours = signalnum == signal.SIGTERM and handler == signal.SIG_DFL
    return _set_handler(signalnum, _on_sigterm if ours else handler)
