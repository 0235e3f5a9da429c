"""The lake that a command works on: what is set, else the one that `limnod up` keeps here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from assets.maintain.task import Site
from assets.storage.lake import open_lake
from assets.storage.settings import LakeSettings
from assets.storage.tables import TableCache
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
        yield Site(lake, TableCache(), datetime.now(UTC))
