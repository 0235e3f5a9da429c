"""Whether the lake answers."""

import pytest

from assets.errors import StorageUnavailable
from query_engine.readiness import Readiness


def test_the_lake_is_asked_at_most_once_a_second():
    """
    Load balancers may ask as often as they like; a recovery shows within a second.
    """
    now, calls, up = [0.0], [], [False]

    def check():
        calls.append(now[0])
        if not up[0]:
            raise StorageUnavailable("no answer")

    ready = Readiness(check, clock=lambda: now[0])
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            ready()
    up[0] = True
    with pytest.raises(StorageUnavailable):
        ready()
    now[0] = 1.1
    ready()
    assert calls == [0.0, 1.1]
