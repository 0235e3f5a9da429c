"""
A client of gRPC that does what no library lets one do: stall, cut off, ping without end.

One connection, bytes of HTTP/2 as `h2` makes them; nothing happens that is not asked for.
"""

import socket
from dataclasses import dataclass, field
from typing import Self

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection

from tests.ingest_api.grpc.conftest import METHODS


@dataclass
class Answer:
    """What came back on a stream."""

    headers: dict[str, str] = field(default_factory=dict)
    data: bytes = b""
    closed: bool = False
    reset: bool = False

    @property
    def status(self) -> int | None:
        """The code of gRPC."""
        found = self.headers.get("grpc-status")
        return None if found is None else int(found)


class RawClient:
    """A connection to a gRPC server at *address* (``host:port``)."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=60)
        self._h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._answers: dict[int, Answer] = {}
        self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def streams_max(self) -> int:
        """How many streams at once the server has allowed."""
        return self._h2.remote_settings.max_concurrent_streams

    def begin(
        self, method: str = METHODS["logs"], *, regardless: bool = False, **headers: str
    ) -> int:
        """
        Open a stream, if the server allows it or *regardless*; returns its id.

        Nothing of a message is sent.
        """
        if regardless:
            self._h2.remote_settings.max_concurrent_streams = 1_000
            self._h2.remote_settings.acknowledge()
        stream = self._h2.get_next_available_stream_id()
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        self._h2.send_headers(
            stream,
            [(":method", "POST"), (":scheme", "http"), (":path", method), (":authority", "x"),
             ("content-type", "application/grpc"), ("te", "trailers"), *named],
        )  # fmt: skip
        self._answers[stream] = Answer()
        self._flush()
        return stream

    def send(
        self, stream: int, message: bytes, *, length: int | None = None, compressed: bool = False
    ) -> None:
        """Send a message, as if it had *length* bytes."""
        size = len(message) if length is None else length
        self._h2.send_data(stream, bytes([compressed]) + size.to_bytes(4, "big") + message)
        self._flush()

    def end(self, stream: int) -> None:
        """Say that nothing follows."""
        self._h2.end_stream(stream)
        self._flush()

    def ping(self) -> None:
        """Ask whether the server is there."""
        self._h2.ping(b"12345678")
        self._flush()

    def answer(self, stream: int) -> Answer:
        """Return what came when the stream, or the connection, has ended."""
        found = self._answers[stream]
        while not found.closed:
            data = self._socket.recv(65_536)
            if not data:
                found.closed = True
            for event in self._h2.receive_data(data):
                self._note(event)
            self._flush()
        return found

    def farewell(self) -> bytes | None:
        """Return why the server ends the connection, which has no streams; None if it just does."""
        while data := self._socket.recv(65_536):
            for event in self._h2.receive_data(data):
                if isinstance(event, events.ConnectionTerminated):
                    return event.additional_data
            self._flush()
        return None

    def _note(self, event: events.Event) -> None:
        found = self._answers.get(getattr(event, "stream_id", 0))
        if found is None:
            return
        if isinstance(event, events.ResponseReceived | events.TrailersReceived):
            found.headers |= dict(event.headers)
        elif isinstance(event, events.DataReceived):
            found.data += event.data
        elif isinstance(event, events.StreamReset):
            found.closed = found.reset = True
        elif isinstance(event, events.StreamEnded):
            found.closed = True

    def _flush(self) -> None:
        data = self._h2.data_to_send()
        if data:
            self._socket.sendall(data)
