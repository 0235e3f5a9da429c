"""Any delivery at all: every event is a record, and nothing but errors of ours comes of others."""

import base64
import gzip
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from assets.errors import LakeError
from ingest_api.firehose import cloudwatch_logs
from ingest_api.firehose.batch import read
from ingest_api.firehose.envelope import Delivery, common_attributes, data_of, opened
from ingest_api.settings import IngestSettings
from tests.ingest_api.firehose.deliveries import NOW_MS, exported, logged, streamed

texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=10)
plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts)
anything = st.recursive(
    plain,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
events = st.lists(
    st.fixed_dictionaries({"id": texts, "timestamp": st.integers(1, NOW_MS), "message": texts}),
    min_size=1,
    max_size=5,
)


@settings(max_examples=100, deadline=None)
@given(events)
def test_every_event_is_a_record_with_its_time_message_and_id(found: list[dict]) -> None:
    """
    In their order.
    """
    told, _ = cloudwatch_logs.as_otlp(logged(logEvents=found), {}, 1 << 20)
    (resource,) = ExportLogsServiceRequest.FromString(told).resource_logs
    assert found == [
        {
            "id": record.attributes[0].value.string_value,
            "timestamp": record.time_unix_nano // 1_000_000,
            "message": record.body.string_value,
        }
        for record in resource.scope_logs[0].log_records
    ]


def outcome(function, *arguments: object) -> int:
    """Return 200, or the status of the error of ours that it raises."""
    try:
        function(*arguments)
    except LakeError as exc:
        return exc.http_status
    return 200


@settings(max_examples=200, deadline=None)
@given(anything, anything)
def test_json_that_is_anything_is_read_or_refused(value: object, event: object) -> None:
    """
    As a delivery, as common attributes, as a record, as an event of one.
    """
    text = json.dumps(value)
    statuses = {
        outcome(opened, text.encode()),
        outcome(common_attributes, text),
        outcome(data_of, value),
        outcome(cloudwatch_logs.as_otlp, gzip.compress(text.encode()), {}, 1 << 20),
        outcome(cloudwatch_logs.as_otlp, logged(logEvents=value), {}, 1 << 20),
        outcome(cloudwatch_logs.as_otlp, logged(logEvents=[event]), {}, 1 << 20),
    }
    assert statuses <= {200, 400, 413}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.sampled_from(["logs", "metrics"]))
def test_bytes_that_are_anything_are_read_or_refused(data: bytes, signal: str) -> None:
    """
    As a body, and as a record of either kind, beside one that is stored.
    """
    assert outcome(opened, data) in {200, 400, 413}
    good = logged("kept") if signal == "logs" else streamed(exported({"kept": "A"}))
    records: list[object] = [
        {"data": base64.b64encode(one).decode()} for one in (data, good, gzip.compress(data))
    ]
    batch = read(signal, Delivery("r", records), {}, IngestSettings())
    assert set(batch.refused) <= {0, 2}
    assert batch.submissions()
