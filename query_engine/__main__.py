"""
`python -m query_engine`: the query service with both doors, until SIGTERM or Ctrl-C.

The first signal lets queries end, the second ends the process at once.

The process serves queries and nothing else, so it may turn tracebacks off for the whole process:
pyarrow would send them to clients.
"""

import logging
import os
import signal
import sys
from contextlib import closing
from pathlib import Path
from threading import Event
from types import FrameType

from assets.errors import LakeError
from assets.storage.lake import open_lake
from assets.storage.settings import LakeSettings
from auth.opening import check_somebody_can_come_in, open_authenticator
from auth.settings import AuthSettings
from query_engine.doors import Doors, lake_service, lake_uploads
from query_engine.folder_watch import FolderWatch
from query_engine.logs import configure_logging
from query_engine.settings import QuerySettings
from query_engine.telemetry import end_telemetry, send_telemetry

log = logging.getLogger("query_engine")


def main() -> int:
    """Serve until told to stop; returns the exit code."""
    stop = Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        del frame
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    sys.tracebacklimit = 0
    configure_logging()
    try:
        settings = QuerySettings()
        lake_settings = LakeSettings()  # type: ignore[call-arg]
        guard = AuthSettings()
        authenticator = open_authenticator(
            guard, [settings.host], lake_settings.database_url, ["reader", "writer", "admin"]
        )
        with (
            open_lake(lake_settings, pool_size=settings.connections) as lake,
            closing(authenticator),
        ):
            check_somebody_can_come_in(authenticator, guard, [settings.host])
            if settings.telemetry_uri:
                send_telemetry(settings.telemetry_uri)
            service, ready = lake_service(lake, settings, authenticator=authenticator)
            folder = FolderWatch(lake, Path(settings.views_dir)) if settings.views_dir else None
            if folder:
                folder.start()
            uploads = lake_uploads(lake, service, settings, authenticator)
            doors = Doors(service, ready, settings, uploads, authenticator)
            print(f"http={doors.http_url}", flush=True)  # noqa: T201
            print(f"flight={doors.flight_url}", flush=True)  # noqa: T201
            stop.wait()
            log.info("stopping")
            if folder:
                folder.stop()
            stopped = doors.close(settings.drain_seconds_max)
            end_telemetry()
            if not stopped:
                log.warning("some clients did not let go; leaving without them")
                logging.shutdown()
                os._exit(0)
    except (LakeError, OSError) as error:
        log.error("the query service cannot start: %s", error)  # noqa: TRY400
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
