"""The lake that a command works on: what is set, else the one that `limnod up` keeps here."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from assets.maintain.query_door import Ask, ask_query_service
from assets.maintain.task import Site
from assets.storage.lake import open_lake
from assets.storage.settings import LakeSettings
from assets.storage.tables import TableCache
from query_engine.defined.known import DefinedViews
from stack.data_directory import DataDirectory
from stack.lake_environment import lake_environment
from stack.settings import StackSettings

_CONNECTIONS = 2


@contextmanager
def site_here(settings: StackSettings) -> Iterator[Site]:
    """
    Open the lake, as of now, for as long as the command runs.

    Raises:
        PartFailed: No lake is set, and this machine keeps none.
        StorageUnavailable: Postgres or the store does not answer.
    """
    where = lake_environment(settings)
    lake_settings = LakeSettings(
        database_url=where["LIMNO_DATABASE_URL"], root_uri=where["LIMNO_ROOT_URI"]
    )
    with open_lake(lake_settings, pool_size=_CONNECTIONS) as lake:
        views = DefinedViews(lake.connection)
        yield Site(lake, TableCache(), datetime.now(UTC), views(), ask=_ask_here(settings))


def _ask_here(settings: StackSettings) -> Ask:
    """Return what asks the query service that is set, else the one that runs here."""
    directory = DataDirectory(settings.data_dir)
    found = directory.read_addresses() if directory.is_in_use() else None
    if found is None or os.environ.get("LIMNO_QUERY_URI"):
        return ask_query_service
    trusted = False if found.query_tls else None
    return partial(ask_query_service, uri=found.flight_url, tls_verify=trusted)
