"""
Waiting for the time to drain: whoever records much, or wants to end, hurries the waiter.

Rule: one lock, held unless somebody hurries. Taking and giving it are single operations, so that a
signal handler may hurry whatever it interrupted.
"""

import threading


class _Due:
    """The lock; replaced in the child of a fork, where the parent's waiter has no meaning."""

    lock = threading.Lock()


def wait(timeout_s: float) -> bool:
    """Wait until someone hurries, at most so long; return whether someone did."""
    return _Due.lock.acquire(timeout=min(timeout_s, threading.TIMEOUT_MAX))


def hurry() -> None:
    """End the wait now, or the next one at once."""
    try:
        _Due.lock.release()
    except RuntimeError:
        return  # nobody has waited since the last hurry


def forget() -> None:
    """Begin with nobody in a hurry: at the start, and in the child of a fork."""
    _Due.lock = threading.Lock()
    _Due.lock.acquire()


forget()
