"""
How many Flight calls run at once: pyarrow makes a thread for each and knows no bound.

A call without a place gets as far as its error, and no further.
"""

from threading import Lock

from query_engine.limits import FLIGHT_ACTIONS_SPARE, FLIGHT_CALLS_MAX


class CallSlots:
    """
    Counts the calls that run. Thread-safe; servers that follow each other share it.

    Args:
        calls_max: Places.

    Attributes:
        calls_max: The same.
        taken: How many run now.
    """

    def __init__(self, calls_max: int = FLIGHT_CALLS_MAX) -> None:
        self.calls_max = calls_max
        self.taken = 0
        self._lock = Lock()

    def enter(self, *, action: bool) -> bool:
        """
        Take a place; False when there is none.

        Actions have some of their own: they stop queries, ask for progress and health.
        """
        with self._lock:
            if self.taken >= self.calls_max + (FLIGHT_ACTIONS_SPARE if action else 0):
                return False
            self.taken += 1
            return True

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            assert self.taken > 0, "a place is given back once"
            self.taken -= 1
