"""
Streams of a push as an ExportLogsServiceRequest.

Rule: the same push makes the same bytes, so pushing again changes nothing. Labels are repeated for
each line, since a row has its properties whole; what that makes is bounded like a body.
"""

from collections.abc import Iterable

from ingest_api.errors import OverLimit
from ingest_api.loki.meaning import Meanings, resource_of
from ingest_api.loki.push import Entry, Pairs, Refused, Stream
from ingest_api.otlp import write

TIME_NS_MAX = 2**63 - 1

_TARGET = "logger"
_EXTRACTED = "_extracted"
_LENGTHS_BYTES_MAX = 32

Head = tuple[bytes, bytes]
"""Resource and scope of records, as fields."""


def request_of(
    streams: Iterable[Stream], refused: Refused, payload_bytes_max: int, bytes_max: int
) -> bytes:
    """
    Return what is to be stored; lines that cannot be are counted in *refused*.

    Args:
        streams: They are read as they come.
        refused: Where lines are counted that cannot be stored.
        payload_bytes_max: No resource of the request is longer.
        bytes_max: All records together.

    Raises:
        OverLimit: The records are longer than *bytes_max*.
        MalformedBody: What *streams* raises.
    """
    blocks, meanings = _Blocks(payload_bytes_max, bytes_max), Meanings()
    for stream in streams:
        labels = _Labels(stream, meanings)
        for entry in stream.entries:
            if not 0 < entry[0] <= TIME_NS_MAX:
                refused.line(f"{entry[0]} is no time of a line, in nanoseconds since 1970")
            elif not blocks.put(labels.head, labels.record(entry)):
                size = len(entry[1])
                refused.line(f"a line of {size} bytes is over {payload_bytes_max=}")
    return blocks.request()


class _Labels:
    """What the lines of a stream share, made once."""

    def __init__(self, stream: Stream, meanings: Meanings) -> None:
        self._labels, self._meanings = stream.labels, meanings
        pairs: Pairs = tuple(sorted(stream.labels.items()))
        target = write.text(1, stream.labels.get(_TARGET, ""))
        scope = write.with_length(1, target) if target else b""
        self.head: Head = write.resource(resource_of(stream.labels)), scope
        self._attributes = write.attributes(6, pairs)
        self._meaning = meanings.of(pairs)
        self._rest = _fields(*self._meaning)

    def record(self, entry: Entry) -> bytes:
        """Return a line as a LogRecord in its field of the scope."""
        time, line, metadata = entry
        attributes, (severity, ids) = self._attributes, self._rest
        if metadata:
            attributes += write.attributes(6, map(self._apart, metadata))
            number, trace, span = self._meanings.of(metadata)
            shared = self._meaning
            severity, ids = _fields(number or shared[0], trace or shared[1], span or shared[2])
        body = write.with_length(5, write.with_length(1, line))
        return write.with_length(2, write.fixed64(1, time) + severity + body + attributes + ids)

    def _apart(self, pair: tuple[str, str]) -> tuple[str, str]:
        """Return metadata under a name that no label has, since both are properties."""
        name, value = pair
        return (name + _EXTRACTED, value) if self._labels.get(name, value) != value else pair


def _fields(severity: int, trace: bytes, span: bytes) -> tuple[bytes, bytes]:
    """Return the field of the severity, and those of the ids; what is not known is left out."""
    ids = write.with_length(9, trace) if trace else b""
    ids += write.with_length(10, span) if span else b""
    return write.number(2, severity), ids


class _Blocks:
    """Records by who logged them, cut where a payload would be too long."""

    def __init__(self, payload_bytes_max: int, bytes_max: int) -> None:
        self._payload_bytes_max = payload_bytes_max
        self._bytes_max = bytes_max
        self._made = 0
        self._open: dict[Head, bytearray] = {}
        self._closed: list[bytes] = []

    def put(self, head: Head, record: bytes) -> bool:
        """Keep a record; return whether a payload can hold it at all."""
        room = self._payload_bytes_max - sum(map(len, head)) - _LENGTHS_BYTES_MAX
        if len(record) > room:
            return False
        self._made += len(record)
        if self._made > self._bytes_max:
            advice = "labels count for each line; push smaller batches"
            raise OverLimit("body_bytes_max", self._bytes_max, advice)
        records = self._open.setdefault(head, bytearray())
        if len(records) + len(record) > room:
            self._close(head)
            records = self._open[head] = bytearray()
        records += record
        return True

    def request(self) -> bytes:
        """Return everything as one request."""
        for head in list(self._open):
            self._close(head)
        return b"".join(self._closed)

    def _close(self, head: Head) -> None:
        resource, scope = head
        records = self._open.pop(head)
        self._closed.append(write.with_length(1, resource + write.with_length(2, scope + records)))
