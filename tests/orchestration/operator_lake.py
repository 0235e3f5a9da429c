"""The lake of the operator's story: two days of logs, with Dagster over them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import psycopg

from assets.materialize import materialize
from assets.storage.lake import open_lake
from assets.storage.metadata.migrate import migrate
from assets.storage.metadata.partitions import partition_name
from assets.storage.settings import LakeSettings
from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from assets.views.physical import table_spec
from orchestration.hours import key_of
from stack.postgres import EmbeddedPostgres
from tests.orchestration.dagster_processes import DagsterProcesses, dagster_processes
from tests.orchestration.log_sender import Sender
from tests.orchestration.operator_graphql import Operator

VIEWS = ("log_entries", "log_stats")
HOURS = 48
BURSTS = {6: 5, 31: 12}
"""In which minutes of each hour logs arrive, and how many rows of them."""

ROWS = sum(BURSTS.values())
LAST = BURSTS[max(BURSTS)]
"""Rows in the last block of an hour."""


@dataclass
class Story:
    """
    A lake with two days of logs, Dagster over it, and somebody at its UI.

    Attributes:
        hours: Those of the two days.
        segments: Two objects an hour, in that order.
        late: Rows that arrived later, by hour.
    """

    sender: Sender
    operator: Operator
    dagster: DagsterProcesses
    hours: Sequence[datetime]
    segments: Sequence[str]
    late: Counter[str] = field(default_factory=Counter)

    def files(self, view: str) -> pl.DataFrame:
        """Return the files of a table, with the ``hour`` of each."""
        files = TableCache().snapshot(self.sender.lake, table_spec(view_named(view))).files
        hour = pl.format("{}-{}:00", pl.col("date").cast(pl.String), pl.col("slice"))
        return files.with_columns(hour=hour)

    def rows(self, view: str) -> Counter[str]:
        """Return the rows of a table by hour."""
        found: Counter[str] = Counter()
        for hour, rows in self.files(view).select("hour", "num_records").iter_rows():
            found[hour] += rows
        return found

    def paths(self, view: str) -> Mapping[str, set[str]]:
        """Return the files of a table by hour: who replaces an hour leaves others in it."""
        found: dict[str, set[str]] = {}
        for hour, path in self.files(view).select("hour", "path").iter_rows():
            found.setdefault(hour, set()).add(path)
        return found

    def whole(self) -> bool:
        """Return whether every hour of both tables has its rows, once."""
        logs = Counter({key_of(hour): ROWS for hour in self.hours}) + self.late
        stats = Counter(dict.fromkeys(logs, 1))
        return self.rows("log_entries") == logs and set(self.rows("log_stats")) == set(stats)

    def send_late(self, hour: datetime) -> None:
        """Send one more block, as if it had arrived in that hour, which is before all others."""
        assert hour < self.hours[0], "hours after the first are closed: nothing arrives there"
        with ThreadPoolExecutor(1) as apart:  # the thread of a browser has an event loop already
            apart.submit(self.sender.send, ROWS, hour=hour).result()
        self.late[key_of(hour)] += ROWS

    def build(self, view: str) -> None:
        """Bring a table up to date as a query service does, without a run."""
        materialize(self.sender.lake, view_named(view), TableCache())


@contextmanager
def begun_story(server: EmbeddedPostgres, root: Path) -> Iterator[Story]:
    """Send the logs of two days to a new lake below *root*, then start Dagster over it."""
    url = server.ensure_database(f"lake_of_{root.name.lower()}")
    migrate(url)
    this_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [this_hour - timedelta(hours=n) for n in range(HOURS + 1, 1, -1)]
    settings = LakeSettings(database_url=url, root_uri=(root / "lake").as_uri())
    environment = {
        "LIMNO_DATABASE_URL": url,
        "LIMNO_ROOT_URI": settings.root_uri,
        "LIMNO_STATE_DIR": "none",
        "LIMNO_ORCHESTRATION_SENSOR_INTERVAL_S": "5",
        "LIMNO_ORCHESTRATION_OWNERS": "team:observability,oncall@example.org",
    }
    dagster_url = server.ensure_database(f"dagster_of_{root.name.lower()}")
    with open_lake(settings) as lake:
        sender = Sender(lake, url)
        segments = [
            sender.send(rows, hour=hour, minute=minute)
            for hour in hours
            for minute, rows in BURSTS.items()
        ]
        with dagster_processes(root / "dagster", dagster_url, environment) as dagster:
            yield Story(sender, Operator(dagster), dagster, hours, segments)


@contextmanager
def day_locked(database_url: str, day: datetime) -> Iterator[None]:
    """
    Keep everybody from reading the blocks of a day, as a long migration would.

    Of the other days too, sooner or later: Postgres may lock all days for a prepared statement.
    """
    with psycopg.connect(database_url) as conn:
        conn.execute(f"LOCK TABLE {partition_name(day.date())} IN ACCESS EXCLUSIVE MODE")
        yield
