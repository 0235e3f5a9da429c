"""
The gRPC server: opened on sockets that are bound already, closed when its calls are answered.

It runs in the receiver's event loop; the library's own threads only move bytes.
"""

import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Sequence

from grpc import aio

from auth.authenticator import AsyncAuthenticator
from ingest_api import limits
from ingest_api.grpc.export import Exports
from ingest_api.listening import address_of
from ingest_api.receiver import Receiver
from ingest_api.settings import IngestSettings


class GrpcDoor:
    """
    OTLP over gRPC.

    Args:
        receiver: Where what arrives is stored.
        senders: Says who sends.
        bound: Sockets with the addresses to listen at; closed when the server has them.
    """

    def __init__(
        self, receiver: Receiver, senders: AsyncAuthenticator, bound: Sequence[socket.socket]
    ) -> None:
        self._receiver, self._senders = receiver, senders
        self._bound = bound
        self._server: aio.Server | None = None

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Take calls until the end of the block, and answer those that are under way then."""
        if self._bound:
            self._server = aio.server(options=_options(self._receiver.settings))
            self._server.add_generic_rpc_handlers((Exports(self._receiver, self._senders),))
            for one in self._bound:
                address = address_of(one)
                if sys.platform != "linux":
                    one.close()
                # There both may be bound, as ours does not listen: nobody takes it in between.
                self._server.add_insecure_port(address)
                one.close()
            await self._server.start()
        try:
            yield
        finally:
            await self.close()

    async def close(self) -> None:
        """Take no further calls; returns when those under way are answered, within bounds."""
        if self._server is not None:
            await self._server.stop(limits.DRAIN_S_MAX)


def _options(settings: IngestSettings) -> list[tuple[str, int]]:
    """Return what the library is told; limits that it knows are enforced before our code."""
    return [
        ("grpc.so_reuseport", 0),
        ("grpc.per_message_decompression", 0),
        ("grpc.http2.bdp_probe", 0),  # else windows of calls that wait grow with the link
        (
            "grpc.max_receive_message_length",
            settings.wire_body_bytes_max + limits.GRPC_MESSAGE_SLACK_BYTES,
        ),
        ("grpc.max_concurrent_streams", limits.GRPC_STREAMS_MAX),
        ("grpc.max_allowed_incoming_connections", limits.GRPC_CONNECTIONS_MAX),
        ("grpc.max_metadata_size", limits.GRPC_METADATA_BYTES_MAX),
        (
            "grpc.http2.min_ping_interval_without_data_ms",
            limits.GRPC_PING_INTERVAL_S_MIN * 1_000,
        ),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.keepalive_time_ms", limits.GRPC_KEEPALIVE_S * 1_000),
        ("grpc.keepalive_timeout_ms", limits.GRPC_KEEPALIVE_TIMEOUT_S * 1_000),
        ("grpc.http2.ping_timeout_ms", limits.GRPC_KEEPALIVE_TIMEOUT_S * 1_000),
    ]
