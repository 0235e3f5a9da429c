"""What holds for every integration's test: nothing of ours failed on the way."""

from collections.abc import Iterator

import pytest

from limnograph import recorder
from limnograph.faults import Faults


@pytest.fixture(autouse=True)
def _no_fault() -> Iterator[None]:
    Faults.count, Faults.last = 0, ""
    before = recorder.failures()
    yield
    assert (Faults.count, Faults.last) == (0, "")
    assert recorder.failures() == before
