"""
How an error of ours is told over gRPC.

Rule: clients send again what is UNAVAILABLE, after the delay of its RetryInfo, and nothing that
has none. So a RetryInfo stands exactly where sending again helps.
"""

from dataclasses import dataclass

from grpc import StatusCode

from assets.errors import LakeError
from ingest_api.limits import RETRY_AFTER_S
from ingest_api.otlp.answers import status_message

DETAILS = "grpc-status-details-bin"
_RETRY_INFO = b"type.googleapis.com/google.rpc.RetryInfo"
_CODES = {
    400: StatusCode.INVALID_ARGUMENT,
    401: StatusCode.UNAUTHENTICATED,
    403: StatusCode.PERMISSION_DENIED,
    404: StatusCode.UNIMPLEMENTED,
    413: StatusCode.RESOURCE_EXHAUSTED,
    415: StatusCode.UNIMPLEMENTED,
    429: StatusCode.UNAVAILABLE,
    503: StatusCode.UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What ends a call: its code, the text for people, and the trailing metadata."""

    code: StatusCode
    text: str

    @property
    def metadata(self) -> tuple[tuple[str, bytes], ...]:
        """A google.rpc.Status, with a RetryInfo if sending again helps."""
        number, name = self.code.value
        del name
        status = status_message(number, self.text)
        if self.code is StatusCode.UNAVAILABLE:
            delay = bytes((0x0A, 2, 0x08, RETRY_AFTER_S))  # retry_delay { seconds }
            detail = _field(1, _RETRY_INFO) + _field(2, delay)
            status += _field(3, detail)
        return ((DETAILS, status),)


def failure_of(error: LakeError) -> Failure:
    """Return how an error of ours ends a call."""
    return Failure(_CODES.get(error.http_status, StatusCode.INTERNAL), str(error))


def _field(number: int, data: bytes) -> bytes:
    """Return a field of protobuf; both are short."""
    return bytes((number << 3 | 2, len(data))) + data
