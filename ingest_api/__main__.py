"""``python -m ingest_api``: run the receiver until SIGTERM or Ctrl-C."""

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from types import FrameType

import uvicorn

from assets.errors import LakeError
from assets.storage.settings import LakeSettings
from auth.opening import check_somebody_can_come_in
from auth.settings import AuthSettings
from ingest_api.access_log import BackgroundHandler
from ingest_api.app import create_app
from ingest_api.grpc.door import GrpcDoor
from ingest_api.limits import DRAIN_S_MAX
from ingest_api.listening import address_of, bind, bind_otlp
from ingest_api.observation import access_logger
from ingest_api.settings import IngestSettings

LISTEN_BACKLOG = 2048

GC_ALLOCATIONS = 20_000
"""Containers made between two collections: a request of a thousand processes makes as many."""


def main() -> int:
    """Serve; returns the exit status."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        settings = IngestSettings()
        _set_up_access_log(enabled=settings.access_log)
        listeners = [bind(settings.host, settings.port, "LIMNO_INGEST_PORT")]
        listeners += bind_otlp(settings, "otlp_port")
        grpc = bind_otlp(settings, "grpc_port")
        lines = list(_addresses(listeners, grpc))
        app = create_app(settings, LakeSettings(), grpc=grpc)  # type: ignore[call-arg]
        app.state.receiver.check_lake()
        check_somebody_can_come_in(app.state.authenticator, AuthSettings(), [settings.host])
    except (LakeError, OSError) as exc:
        log = logging.getLogger("ingest_api")
        log.error("the receiver cannot start: %s", exc)  # noqa: TRY400  (the text says it all)
        return 1
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=LISTEN_BACKLOG,
        timeout_graceful_shutdown=int(DRAIN_S_MAX),
        loop="uvloop",
        http="httptools",
    )
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    server = _Server(config, app.state.grpc_door)
    gc.freeze()  # what was made until now stays; no collection need look at it again
    gc.set_threshold(GC_ALLOCATIONS)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn drains first and then raises the signal again, for whoever handled it before.
        signal.signal(number, _exit_cleanly)
    server.run(sockets=listeners)
    return 0 if server.started else 1


class _Server(uvicorn.Server):
    """Ends both doors at the same time, so that neither takes in more while the other drains."""

    def __init__(self, config: uvicorn.Config, door: GrpcDoor) -> None:
        super().__init__(config)
        self._door = door

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        closing = asyncio.create_task(self._door.close())
        await super().shutdown(sockets)
        await closing


def _addresses(http: Sequence[socket.socket], grpc: Sequence[socket.socket]) -> Iterator[str]:
    """Yield where the receiver is, a line each."""
    yield f"limnograph receiver on http://{address_of(http[0])}"
    for name, bound in (("HTTP", http[1:]), ("gRPC", grpc)):
        if bound:
            yield f"limnograph receiver, OTLP over {name}: http://{address_of(bound[0])}"


def _exit_cleanly(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _set_up_access_log(*, enabled: bool) -> None:
    """Write the access log's lines to standard output as they are, apart from other logs."""
    access_logger.propagate = False
    access_logger.setLevel(logging.INFO if enabled else logging.CRITICAL)
    access_logger.addHandler(BackgroundHandler(sys.stdout))


if __name__ == "__main__":
    sys.exit(main())
