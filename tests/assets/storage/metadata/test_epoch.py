"""assets.storage.metadata.epoch: positions only ever grow, through restores and promotions."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from assets.storage.layout import epoch_key
from assets.storage.metadata.blocks import horizon, tail_blocks
from assets.storage.metadata.closings import POSITION_PER_EPOCH
from assets.storage.metadata.epoch import IS_CURRENT, claim_epoch
from assets.storage.metadata.migrate import migrate
from assets.storage.objects import open_store


@pytest.mark.parametrize("moved", ["system_identifier = 1", "timeline = '00000009'"])
def test_another_cluster_or_timeline_starts_a_new_epoch(metadata, new_sender, moved: str) -> None:
    """
    After a restore, transaction ids start lower; positions must not.
    """
    sender = new_sender()
    metadata.send(sender, sender.block())
    before = horizon(metadata.reader)
    metadata.reader.execute(f"UPDATE lake SET {moved}")
    migrate(metadata.url)
    metadata.send(sender, sender.block())
    old, new = tail_blocks(metadata.reader, "log", {})
    assert (old.position // POSITION_PER_EPOCH, new.position // POSITION_PER_EPOCH) == (0, 1)
    assert old.position < before < POSITION_PER_EPOCH <= new.position < horizon(metadata.reader)
    assert migrate(metadata.url) == []
    assert metadata.reader.execute("SELECT epoch FROM lake").fetchone() == (1,)


def test_an_epoch_is_claimed_once(metadata) -> None:
    """
    Opening the lake again changes nothing.
    """
    store = open_store("memory://")
    assert metadata.reader.execute(IS_CURRENT).fetchone() == (False,)
    assert claim_epoch(metadata.reader, store) == 0
    assert claim_epoch(metadata.reader, store) == 0
    assert metadata.reader.execute(IS_CURRENT).fetchone() == (True,)
    assert [info.key for info in store.list("epochs/")] == [epoch_key(0)]


def test_two_restores_of_one_backup_never_share_an_epoch(metadata) -> None:
    """
    The second restore knows nothing of the first; the object store does.
    """
    store = open_store("memory://")
    claim_epoch(metadata.reader, store)
    epochs = []
    for system_identifier in (1, 2):
        metadata.reader.execute(
            "UPDATE lake SET epoch = 0, epoch_claimed = true, system_identifier = %s",
            (system_identifier,),
        )
        epochs.append(claim_epoch(metadata.reader, store))
    assert epochs == [1, 2]


def test_a_new_database_over_an_old_bucket_starts_above_it(metadata) -> None:
    """
    The tables in the bucket say what they cover in the positions of a database that is gone.
    """
    store = open_store("memory://")
    for epoch in range(3):
        store.put_new(epoch_key(epoch), b"{}")
    assert claim_epoch(metadata.reader, store) == 3


def test_programs_that_start_together_agree(metadata) -> None:
    """
    They take one epoch, not one each.
    """
    store = open_store("memory://")

    def claim(_: int) -> int:
        with psycopg.connect(metadata.url, autocommit=True) as conn:
            return claim_epoch(conn, store)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(claim, range(4))) == [0] * 4
    assert len(list(store.list("epochs/"))) == 1
