"""
The epoch: which life of the metadata database a position belongs to.

Transaction ids start again at an old number when the metadata is restored or a lagging standby
is promoted. Tables that were built before would then seem to cover blocks that they never saw.
So the epoch in front of the transaction id rises whenever the cluster's system identifier or
timeline is not the one that wrote last; and each epoch is claimed in the object store, where the
tables live, so that not even two restores of one backup share an epoch.
"""

import json
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow

from assets.errors import ObjectExists
from assets.storage.layout import epoch_key
from assets.storage.metadata.locks import advisory_lock
from assets.storage.objects import ObjectStore

EPOCH_MAX = 32_767
"""Largest epoch that fits in front of a 48-bit transaction id in a signed 64-bit position."""

_IDENTITY: LiteralString = """
SELECT system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline
FROM pg_control_system()
"""

IS_CURRENT: LiteralString = f"""
SELECT l.epoch_claimed AND (l.system_identifier, l.timeline) = (i.system_identifier, i.timeline)
FROM lake l, ({_IDENTITY}) i
"""
"""One row, true when the epoch belongs to this cluster and timeline and is claimed."""


def raise_epoch_if_moved(conn: Connection) -> int:
    """
    Make the lake's row agree with the cluster we are connected to; returns the epoch.

    A new lake starts at epoch 0. The connection is in autocommit mode.
    """
    conn.execute(
        f"INSERT INTO lake (system_identifier, timeline) {_IDENTITY} ON CONFLICT DO NOTHING"
    )
    conn.execute(
        f"""
        UPDATE lake SET epoch = epoch + 1, epoch_claimed = false,
               system_identifier = i.system_identifier, timeline = i.timeline
        FROM ({_IDENTITY}) i
        WHERE (lake.system_identifier, lake.timeline) <> (i.system_identifier, i.timeline)
        """
    )
    return int(_one(conn, "SELECT epoch FROM lake")[0])


def claim_epoch(conn: Connection, objects: ObjectStore) -> int:
    """
    Make sure that the epoch is this cluster's and nobody else's; returns it.

    Every program calls this before it writes or reads positions. Cheap when nothing has moved.

    Raises:
        StorageUnavailable: The object store cannot be reached.
    """
    if _one(conn, IS_CURRENT)[0]:
        return int(_one(conn, "SELECT epoch FROM lake")[0])
    with advisory_lock(conn, "epoch"):
        epoch = raise_epoch_if_moved(conn)
        lake_id, claimed = _one(conn, "SELECT lake_id::text, epoch_claimed FROM lake")
        if claimed:
            return epoch
        while True:
            assert epoch <= EPOCH_MAX, f"epochs above {EPOCH_MAX} do not fit into a position"
            try:
                claim = {"lake_id": lake_id, "epoch": epoch}
                objects.put_new(epoch_key(epoch), json.dumps(claim).encode())
                break
            except ObjectExists:
                epoch += 1
        conn.execute("UPDATE lake SET epoch = %s, epoch_claimed = true", (epoch,))
        return epoch


def _one(conn: Connection, query: LiteralString) -> TupleRow:
    row = conn.execute(query).fetchone()
    assert row is not None, "the lake's row is made by migrate()"
    return row
