"""
How many bytes of unanswered requests are in memory, and the refusal when it is too much.

Rule: bytes are reserved before they are read, and given back when the request is answered.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from assets.errors import Overloaded


class InFlight:
    """The bytes held by all requests of this process; one event loop uses it."""

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self.bytes = 0

    @contextmanager
    def reservation(self) -> "Iterator[Reservation]":
        """Open an account for one request; what it holds is given back at the end."""
        reservation = Reservation(self)
        try:
            yield reservation
        finally:
            reservation.hold(0)


class Reservation:
    """What one request holds, in bytes."""

    def __init__(self, in_flight: InFlight) -> None:
        self._in_flight = in_flight
        self.bytes = 0

    def hold(self, size: int) -> None:
        """
        Hold *size* bytes in all, more or fewer than before.

        Raises:
            Overloaded: More than before, and all requests together would be over the limit.
        """
        change = size - self.bytes
        total = self._in_flight.bytes + change
        if change > 0 and total > self._in_flight.bytes_max:
            raise Overloaded(
                f"the receiver holds {self._in_flight.bytes} bytes of unanswered requests;"
                f" {change} more would be over in_flight_bytes_max ="
                f" {self._in_flight.bytes_max}: send this again a little later"
            )
        self.bytes, self._in_flight.bytes = size, total

    def expect(self, size: int, times: int) -> None:
        """
        Hold *times* the *size* of a body that is about to be taken apart.

        Never more than all requests may hold together: a body alone is not refused for this.

        Raises:
            Overloaded: As ``hold``.
        """
        self.hold(max(size, min(times * size, self._in_flight.bytes_max)))
