"""
The handle of a lake: its object store and its metadata database, opened once per program.

Rule: it opens storage and nothing else; operations are functions that take it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from assets.storage.layout import table_key
from assets.storage.metadata.epoch import claim_epoch
from assets.storage.metadata.migrate import check_migrated
from assets.storage.metadata.session import outages_translated, prepare
from assets.storage.objects import ObjectStore, S3Options, open_store, probe
from assets.storage.settings import PROMOTED_KEYS_MAX, LakeSettings

CONNECT_TIMEOUT_S = 10.0
"""How long opening a lake, and asking for a connection later, waits for Postgres."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """
    Which keys of map columns get a column of their own.

    Attributes:
        keys_max: How many of one map column do, chosen by how many rows have them; 0 is none.
        always: Table, map column and key of those that do however rare they are.
    """

    keys_max: int = PROMOTED_KEYS_MAX
    always: tuple[tuple[str, str, str], ...] = ()

    def keys_of(self, table: str) -> list[tuple[str, str]]:
        """Return map column and key of what is always promoted in a table."""
        return [(column, key) for name, column, key in self.always if name == table]


@dataclass(frozen=True)
class Lake:
    """
    An open lake; safe to share between threads.

    Attributes:
        objects: Where segments are.
        pool: Connections to the metadata, in autocommit mode, in UTC.
        root_uri: Root of the object store, without a slash at its end.
        delta_options: Storage options for deltalake and polars at ``root_uri``.
        promotion: Which keys of map columns its tables keep as columns.
        options: How the object store is reached, for who opens it elsewhere.
    """

    objects: ObjectStore
    pool: ConnectionPool
    root_uri: str
    delta_options: Mapping[str, str]
    promotion: Promotion = Promotion()
    options: S3Options = field(default_factory=S3Options)

    def table_uri(self, name: str) -> str:
        """Return the URI of a view's Delta table."""
        return f"{self.root_uri}/{table_key(name)}"

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """
        Borrow a connection; it goes back to the pool at the end.

        Raises:
            StorageUnavailable: Postgres does not answer, at the start or in between.
        """
        with outages_translated(), self.pool.connection() as conn:
            yield conn

    @contextmanager
    def own_connection(self) -> Iterator[Connection]:
        """
        Open a connection outside the pool: for a lock that is held while others work.

        A pool whose connections all wait for a lock has none left for whoever holds it.

        Raises:
            StorageUnavailable: Postgres does not answer, at the start or in between.
        """
        conninfo = self.pool.conninfo
        assert isinstance(conninfo, str), "open_lake makes the pool from a URL"
        with (
            outages_translated(),
            psycopg.connect(
                conninfo, autocommit=True, connect_timeout=int(CONNECT_TIMEOUT_S)
            ) as conn,
        ):
            prepare(conn)
            yield conn


def s3_options(settings: LakeSettings) -> S3Options:
    """Return how to reach the bucket, as the object store wants it."""
    secret = settings.s3_secret_access_key
    return S3Options(
        endpoint_url=settings.s3_endpoint_url,
        access_key_id=settings.s3_access_key_id,
        secret_access_key=secret.get_secret_value() if secret else None,
        region=settings.s3_region,
    )


@contextmanager
def open_lake(settings: LakeSettings, *, pool_size: int = 4) -> Iterator[Lake]:
    """
    Open the lake and close it at the end.

    Raises:
        StorageUnavailable: Postgres or the object store does not answer.
        SchemaMismatch: The database is not migrated to this program's schema.
        UnsafeObjectStore: The object store cannot guarantee create-only puts.
    """
    options = s3_options(settings)
    objects = open_store(settings.root_uri, options)
    probe(objects)
    pool = ConnectionPool(
        settings.database_url,
        min_size=1,
        max_size=pool_size,
        open=False,
        kwargs={"autocommit": True},
        configure=prepare,
        timeout=CONNECT_TIMEOUT_S,
        name="lake",
    )
    with pool:
        with outages_translated():
            pool.wait(CONNECT_TIMEOUT_S)
        lake = Lake(
            objects=objects,
            pool=pool,
            root_uri=settings.root_uri.rstrip("/"),
            delta_options=options.storage_options() if _is_s3(settings) else {},
            promotion=Promotion(settings.promoted_keys_max, settings.promoted),
            options=options,
        )
        with lake.connection() as conn:
            check_migrated(conn)
            claim_epoch(conn, objects)
        yield lake


def _is_s3(settings: LakeSettings) -> bool:
    return settings.root_uri.startswith("s3://")
