"""What happens at the limits of a whole request, in either language."""

from collections.abc import Callable

import pytest
from google.protobuf.message import Message

from assets.otlp_wire.extension import native
from assets.prometheus_wire import limits
from assets.prometheus_wire.request import RequestOverLimit
from assets.prometheus_wire.translate import metadata_by_extension, metadata_by_python
from tests.assets.prometheus_wire.conftest import Translate
from tests.assets.prometheus_wire.messages import NOW_MS, V1, V2, put_series


def targets(count: int) -> Message:
    """Return a request of as many targets."""
    request = V1["WriteRequest"]()
    for number in range(count):
        put_series(request, {"__name__": "x", "job": str(number)}, [(1, NOW_MS)])
    return request


def expanding() -> Message:
    """Return a request of a megabyte that would be hundreds of them."""
    request = V2["Request"](symbols=[b"", b"__name__", b"x" * 1_000_000, b"a"])
    for _ in range(200):
        request.timeseries.add(labels_refs=[1, 3, 3, 2]).samples.add(value=1, timestamp=NOW_MS)
    return request


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        (lambda: V2["Request"](symbols=[b""] * (limits.SYMBOLS_MAX + 1)),
         "remote_write_symbols_max"),
        (lambda: targets(limits.TARGETS_MAX + 1), "remote_write_targets_max"),
        (expanding, "remote_write_expanded_bytes_max"),
    ],
)  # fmt: skip
def test_over_a_limit_the_whole_request_is_refused(
    translated: Translate, body: Callable[[], Message], limit: str
) -> None:
    """
    A small request could else ask for any amount of memory or time.
    """
    with pytest.raises(RequestOverLimit) as raised:
        translated(body())
    assert raised.value.args[2] == limit


@pytest.mark.parametrize("places", [metadata_by_extension, metadata_by_python])
def test_more_descriptions_than_are_read_are_over_a_limit(places) -> None:
    """
    They are read one by one.
    """
    if places is metadata_by_extension and native is None:
        pytest.skip("the extension is not built here")
    assert places(b"\x1a\x00" * 3) == [(2, 2), (4, 4), (6, 6)]
    with pytest.raises(RequestOverLimit) as raised:
        places(b"\x1a\x00" * (limits.METADATA_MAX + 1))
    assert raised.value.args[2] == "remote_write_metadata_max"
