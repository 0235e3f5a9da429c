"""Errors of ours in the words of gRPC: which of them are worth sending again."""

import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode

from assets.errors import LakeError, Overloaded, StorageUnavailable
from ingest_api.errors import BodyTimeout, MalformedBody, OverLimit, UnsupportedBody
from ingest_api.grpc.status import DETAILS, failure_of


@pytest.mark.parametrize(
    ("error", "code", "again"),
    [
        (MalformedBody("x"), StatusCode.INVALID_ARGUMENT, False),
        (OverLimit("body_bytes_max", 1, "x"), StatusCode.RESOURCE_EXHAUSTED, False),
        (UnsupportedBody("x"), StatusCode.UNIMPLEMENTED, False),
        (Overloaded("x"), StatusCode.UNAVAILABLE, True),
        (BodyTimeout("x"), StatusCode.UNAVAILABLE, True),
        (StorageUnavailable("x"), StatusCode.UNAVAILABLE, True),
        (LakeError("x"), StatusCode.INTERNAL, False),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, LakeError) else "",
)
def test_a_delay_is_told_exactly_where_sending_again_helps(
    error: LakeError, code: StatusCode, again: bool
) -> None:
    """
    The details say the same as code and text.
    """
    failure = failure_of(error)
    assert (failure.code, failure.text) == (code, str(error))
    ((name, data),) = failure.metadata
    status = Status.FromString(data)
    assert (name, status.code, status.message) == (DETAILS, code.value[0], str(error))
    assert [one.Is(RetryInfo.DESCRIPTOR) for one in status.details] == [True] * again
    for one in status.details:
        info = RetryInfo()
        one.Unpack(info)
        assert info.retry_delay.seconds >= 1
