"""
For tests of applications: what they record, as plain objects, without a receiver.

    def test_checkout(captured_telemetry):
        checkout(order_id=7)
        assert captured_telemetry.span("checkout").properties == {"order_id": "7"}
        assert [log.msg for log in captured_telemetry.logs] == ["order of 3 items"]

The fixture comes with the package as a plugin of pytest; ``capture()`` is the same for others.
"""

from limnograph.testing.captured import Captured, capture
from limnograph.testing.events import (
    CapturedImage,
    CapturedLog,
    CapturedMetric,
    CapturedSpan,
)

__all__ = [
    "Captured",
    "CapturedImage",
    "CapturedLog",
    "CapturedMetric",
    "CapturedSpan",
    "capture",
]
