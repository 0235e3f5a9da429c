"""The plugin that pytest finds where the package is installed: the fixture, and nothing else."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from limnograph.testing import Captured


@pytest.fixture
def captured_telemetry() -> "Iterator[Captured]":
    """What the application records during the test: .logs, .metrics, .spans, .images."""
    from limnograph.testing import capture

    with capture() as captured:
        yield captured
