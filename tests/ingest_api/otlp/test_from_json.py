"""A JSON body that cannot be taken is the fault of its sender, and the answer says which."""

import pytest

from ingest_api.errors import MalformedBody, OverLimit
from ingest_api.otlp.from_json import to_protobuf
from tests.assets.otlp_wire.json_bodies import log


def test_what_is_wrong_is_a_malformed_body() -> None:
    """
    With the path of the member, or the byte where the text is no JSON.
    """
    with pytest.raises(MalformedBody, match=r"logRecords\[0\].flags = 'x' is no integer"):
        to_protobuf("logs", log({"flags": "x"}), 100)
    with pytest.raises(MalformedBody, match="the body is not JSON"):
        to_protobuf("logs", b"{", 100)


def test_a_body_that_is_too_long_as_protobuf_is_over_a_limit() -> None:
    """
    Numbers may be longer there than in JSON.
    """
    with pytest.raises(OverLimit, match="body_bytes_max = 20"):
        to_protobuf("logs", log({"traceId": "ab" * 16}), 20)
