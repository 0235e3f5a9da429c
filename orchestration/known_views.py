"""
The views that Dagster shows and builds: ours, and those that operators define.

Rule: this module is the orchestration's only way to the SQL of definitions, and it loads the SQL
engine only where there are any: every run would pay for it with half a second of CPU.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock

import psycopg
from psycopg import Connection

from assets.errors import LakeError
from assets.storage.metadata.defined_views import never_read, revision, stored_views
from assets.storage.metadata.session import outages_translated
from assets.storage.settings import LakeSettings, WrongSettings
from assets.views.catalog import BUILT_IN, Views
from orchestration.limits import LOAD_WAIT_S

logger = logging.getLogger(__name__)


class KnownViews:
    """
    Returns the views that there are; asks whether they have changed at every call. Thread-safe.

    While Postgres does not answer, those that were known stay known; before anything was read
    nothing is known, not even that there are only ours.

    Args:
        connect: Lends a connection to the metadata.
    """

    def __init__(self, connect: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._connect = connect
        self._lock = Lock()
        self._views, self._revision = BUILT_IN, -1

    def __call__(self) -> Views:
        """
        Return the views that there are.

        Raises:
            StorageUnavailable: Postgres does not answer, and never has; the next call asks again.
        """
        with self._lock:
            try:
                with self._connect() as conn:
                    newest = revision(conn)
                    if newest != self._revision:
                        self._views, self._revision = views_in(conn), newest
            except LakeError as exc:
                if self._revision == -1:
                    raise never_read(str(exc)) from exc
                logger.warning("whether views were defined anew cannot be told: %s", exc)
            return self._views


def views_in(conn: Connection) -> Views:
    """Return ours and what is defined."""
    if not stored_views(conn):
        return BUILT_IN
    from query_engine.defined.known import load

    return load(conn).views


def views_at_load() -> Views:
    """Return the views that a code location shows; ours alone while Postgres does not answer."""
    try:
        settings = LakeSettings()  # type: ignore[call-arg]
        with (
            outages_translated(),
            psycopg.connect(
                settings.database_url, autocommit=True, connect_timeout=LOAD_WAIT_S
            ) as conn,
        ):
            return views_in(conn)
    except (WrongSettings, LakeError, psycopg.Error) as exc:
        logger.warning("views that operators define are left out, load again later: %s", exc)
        return BUILT_IN
