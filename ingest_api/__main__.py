"""``python -m ingest_api``: run the receiver until SIGTERM or Ctrl-C."""

import logging
import signal
import socket
import sys
from types import FrameType

import uvicorn

from assets.errors import LakeError
from assets.storage.settings import LakeSettings
from ingest_api.access_log import BackgroundHandler
from ingest_api.app import create_app
from ingest_api.limits import DRAIN_S_MAX
from ingest_api.observation import access_logger
from ingest_api.settings import IngestSettings

LISTEN_BACKLOG = 2048


def main() -> int:
    """Serve; returns the exit status."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        settings = IngestSettings()
        _set_up_access_log(enabled=settings.access_log)
        listener = _listen(settings.host, settings.port)
        host, port = listener.getsockname()[:2]
        app = create_app(settings, LakeSettings())  # type: ignore[call-arg]
        app.state.receiver.check_lake()
    except (LakeError, OSError) as exc:
        log = logging.getLogger("ingest_api")
        log.error("the receiver cannot start: %s", exc)  # noqa: TRY400  (the text says it all)
        return 1
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=int(DRAIN_S_MAX),
        loop="uvloop",
        http="httptools",
    )
    sys.stdout.write(f"limnograph receiver on http://{host}:{port}\n")
    sys.stdout.flush()
    server = uvicorn.Server(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn drains first and then raises the signal again, for whoever handled it before.
        signal.signal(number, _exit_cleanly)
    server.run(sockets=[listener])
    return 0 if server.started else 1


def _exit_cleanly(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as exc:
        raise OSError(
            exc.errno,
            f"it cannot listen on {host}, port {port} ({exc.strerror}): change LIMNO_INGEST_HOST "
            "or LIMNO_INGEST_PORT",
        ) from exc
    listener.listen(LISTEN_BACKLOG)
    return listener


def _set_up_access_log(*, enabled: bool) -> None:
    """Write the access log's lines to standard output as they are, apart from other logs."""
    access_logger.propagate = False
    access_logger.setLevel(logging.INFO if enabled else logging.CRITICAL)
    access_logger.addHandler(BackgroundHandler(sys.stdout))


if __name__ == "__main__":
    sys.exit(main())
