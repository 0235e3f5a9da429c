"""How many bytes requests hold: counted before they are there, given back at the end."""

import pytest

from assets.errors import Overloaded
from ingest_api.in_flight import InFlight


def test_what_is_over_the_limit_is_refused_and_what_is_held_stays() -> None:
    """
    Other requests go on.
    """
    in_flight = InFlight(100)
    with in_flight.reservation() as first, in_flight.reservation() as second:
        first.hold(60)
        second.hold(40)
        with pytest.raises(Overloaded, match="in_flight_bytes_max = 100"):
            second.hold(41)
        assert in_flight.bytes == 100
        first.hold(10)
        second.hold(90)
    assert in_flight.bytes == 0


@pytest.mark.parametrize(("size", "held"), [(20, 80), (30, 100), (100, 100)])
def test_a_body_that_is_taken_apart_counts_several_times_but_is_never_refused_alone(
    size: int, held: int
) -> None:
    """
    Two of them at once may be.
    """
    in_flight = InFlight(100)
    with in_flight.reservation() as reservation:
        reservation.expect(size, 4)
        assert in_flight.bytes == held
        with in_flight.reservation() as other, pytest.raises(Overloaded):
            other.expect(25, 4)
