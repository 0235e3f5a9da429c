"""
Follows the folder of definitions: a thread of the query service that looks at it every two seconds.

It reads the files when one of them has changed, or when definitions have changed elsewhere.
"""

import logging
from pathlib import Path
from threading import Event, Thread

from assets.errors import LakeError
from assets.storage.lake import Lake
from assets.storage.metadata.defined_views import revision
from query_engine.defined.folder import Signature, publish, signature
from query_engine.limits import FOLDER_LOOK_S

logger = logging.getLogger(__name__)


class FolderWatch:
    """
    Keeps what is defined to what the files say.

    Args:
        lake: Where definitions are kept.
        folder: Where the files are.
    """

    def __init__(self, lake: Lake, folder: Path) -> None:
        self._lake, self._folder = lake, folder
        self._seen: tuple[Signature, int] | None = None
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="views-folder", daemon=True)

    def start(self) -> None:
        """Look at once, and then again and again until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stopping.set()

    def look(self) -> None:
        """
        Read the files if anything has changed.

        Raises:
            StorageUnavailable: Postgres does not answer.
        """
        now = signature(self._folder)
        with self._lake.connection() as conn:
            if self._seen == (now, revision(conn)):
                return
            publish(conn, self._folder)
            self._seen = (now, revision(conn))

    def _run(self) -> None:
        while True:
            try:
                self.look()
            except LakeError as exc:
                logger.warning("the folder %s has to wait: %s", self._folder, exc)
            except Exception:  # a fault of ours must not end the watch
                logger.exception("the folder %s cannot be read", self._folder)
            if self._stopping.wait(FOLDER_LOOK_S):
                return
