"""Records of clocks that are wrong by decades: rows like others, in the tail and in tables."""

import pytest

from assets.materialize import materialize
from assets.storage.lake import open_lake
from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from tests.ingest_api.otlp.good_requests import JSON, SIGNALS
from tests.ingest_api.otlp.test_malformed import far, post

VIEWS = {"logs": "log_entries", "metrics": "measures", "traces": "otel_spans"}


@pytest.mark.parametrize("nanos", [1, 2**63 - 1, 2**63], ids=["1970", "2262", "beyond 2262"])
@pytest.mark.parametrize("signal", SIGNALS)
def test_a_record_of_any_time_is_a_row(signal: str, nanos: int, receiver) -> None:
    """
    Slices are of arrivals, so that a time of the client's choosing neither loses its record nor
    makes work for the years between; what 63 bits do not hold is as old as its block.
    """
    assert post(receiver, signal, far(signal, nanos), {"Content-Type": JSON}).status_code == 200
    (row,) = receiver.view(VIEWS[signal])
    shown = row["start_time" if signal == "traces" else "time"]
    if nanos < 2**63:
        assert shown.year == {1: 1970, 2**63 - 1: 2262}[nanos]
    with open_lake(receiver.lake) as lake:
        report = materialize(lake, view_named(VIEWS[signal]), TableCache())
    assert report.rows == 1
