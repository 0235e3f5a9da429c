"""Segment rewrite: what is left of dead segments moves, and every reader finds its payloads."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from assets.decode.catalog import DECODERS
from assets.errors import ObjectMissing
from assets.maintain.catalog import task_named
from assets.maintain.task import Outcome, Site, run
from assets.materialize import DecodedCache
from assets.materialize.fetch import payloads
from assets.materialize.tail import tail_refs
from assets.storage.metadata.rewriting import sparse_segments
from assets.storage.rewrite import rewrite_segments
from assets.storage.segment import read_index
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import table_spec

DAY = timedelta(days=1)


def done(filled, name: str, *, after: timedelta, **settings: object) -> Outcome:
    """Run a task as if so much time had passed."""
    task = task_named(name)
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + after, BUILT_IN)
    return run(task, site, task.settings(**settings), dry_run=False)


def rewritten(filled, **settings: object) -> Outcome:
    """Rewrite what is worth it two days later, however small it is."""
    outcome = done(filled, "segment_rewrite", after=2 * DAY, **{"dead_bytes_min": 1} | settings)
    assert not outcome.failed
    return outcome


def killed(filled, keep: int) -> None:
    """Forget all but so many blocks of each segment, as sampling does."""
    with filled.lake.connection() as conn:
        conn.execute(
            """
            DELETE FROM blocks WHERE block_id IN (SELECT block_id FROM (
                SELECT block_id, row_number() OVER (PARTITION BY segment_id
                                                    ORDER BY payload_offset DESC) AS n
                FROM blocks) AS numbered WHERE n > %s)
            """,
            (keep,),
        )


def given(filled, new_sender, *, segments: int = 2, blocks: int = 4) -> None:
    """Write segments of as many blocks, each of one record that says which it is."""
    for segment in range(segments):
        rows = [[{"time": 1, "msg": f"{segment}.{number}"}] for number in range(blocks)]
        filled.write(new_sender(), *rows)


def messages(filled) -> list[str]:
    """Return what a query sees."""
    return sorted(filled.read(LOG_ENTRIES)["msg"].to_list())


def keys(filled) -> set[str]:
    """Return the objects of segments."""
    return {found.key for found in filled.lake.objects.list("segments/")}


def test_what_is_left_moves_into_one_segment(filled, new_sender) -> None:
    """
    Queries see the same; the old objects go with the next sweep, hours later.
    """
    given(filled, new_sender)
    killed(filled, keep=1)
    before, old = messages(filled), keys(filled)
    assert before == ["0.3", "1.3"]
    outcome = rewritten(filled)
    assert outcome.numbers["segments"] == 2
    assert outcome.done[0][1].what.startswith("2 blocks moved into one segment of ")
    (new,) = keys(filled) - old
    assert messages(filled) == before
    done(filled, "segment_sweep", after=2 * DAY)
    done(filled, "segment_sweep", after=2 * DAY + timedelta(hours=3))
    assert keys(filled) == {new}
    filled.cache = DecodedCache()
    assert messages(filled) == before


def test_a_new_segment_says_whose_its_blocks_are(filled, new_sender) -> None:
    """
    Its index repeats the metadata, although the requests of old named the senders elsewhere.
    """
    given(filled, new_sender, segments=1)
    killed(filled, keep=1)
    old = keys(filled)
    rewritten(filled)
    (new,) = [o for o in filled.lake.objects.list("segments/") if o.key not in old]
    index = read_index(filled.lake.objects, new)
    assert len(index.blocks) == len(index.processes) == len(index.streams) == 1
    assert index.streams[0].format in {format_ for format_, _ in DECODERS}


def test_a_reader_with_the_old_places_finds_its_payloads(filled, new_sender) -> None:
    """
    It had read the rows before they changed.
    """
    given(filled, new_sender)
    killed(filled, keep=2)
    snapshot = filled.tables.snapshot(filled.lake, table_spec(LOG_ENTRIES))
    old = tail_refs(filled.lake, LOG_ENTRIES, snapshot)
    rewritten(filled, live_percent_max=95)
    new = tail_refs(filled.lake, LOG_ENTRIES, snapshot)
    assert {ref.object_key for ref in new}.isdisjoint(ref.object_key for ref in old)
    assert [ref.position for ref in new] == [ref.position for ref in old]

    def read(refs):
        store = filled.lake.objects
        return {ref.block_id: bytes(data) for ref, data in payloads(store, refs)}

    assert read(old) == read(new)


def test_segments_that_are_mostly_live_or_young_stay(filled, new_sender) -> None:
    """
    So do those with less to gain than is told.
    """
    given(filled, new_sender)
    assert rewritten(filled).planned == []
    killed(filled, keep=1)
    assert done(filled, "segment_rewrite", after=timedelta(0), dead_bytes_min=1).planned == []
    assert done(filled, "segment_rewrite", after=2 * DAY).planned == []
    assert rewritten(filled, live_percent_max=1).planned == []
    assert len(rewritten(filled).planned) == 1


def test_what_was_rewritten_is_not_rewritten_again(filled, new_sender) -> None:
    """
    However much of a small segment is its index.
    """
    given(filled, new_sender)
    killed(filled, keep=1)
    rewritten(filled)
    with filled.lake.connection() as conn:
        conn.execute("UPDATE segments SET insert_time = insert_time - interval '3 days'")
    assert rewritten(filled).planned == []


def test_blocks_that_went_meanwhile_do_not_come_back(filled, new_sender) -> None:
    """
    Where nothing moved, nothing is left behind, not even the object.
    """
    given(filled, new_sender)
    killed(filled, keep=1)
    with filled.lake.connection() as conn:
        found = sparse_segments(
            conn,
            datetime.now(UTC) + DAY,
            live_share_max=0.9,
            dead_bytes_min=1,
            index_bytes=0,
            limit=10,
        )
    old = keys(filled)
    put_new = filled.lake.objects.put_new

    def put_and_forget(key: str, data: bytes) -> None:
        put_new(key, data)
        with filled.lake.connection() as conn:
            conn.execute("DELETE FROM blocks")

    filled.lake.objects.put_new = put_and_forget
    assert rewrite_segments(filled.lake, found, 1_790_000_000_000_000_000).blocks == 0
    assert keys(filled) == old
    assert messages(filled) == []
    with filled.lake.connection() as conn:
        assert conn.execute("SELECT count(*) FROM segments").fetchone() == (2,)
    assert rewrite_segments(filled.lake, found, 1_790_000_000_000_000_000).blocks == 0


def test_blocks_that_wait_for_their_stream_move_too(filled, new_sender, database_url) -> None:
    """
    They are acknowledged: they must be found when the stream arrives.
    """
    sender = new_sender()
    filled.write(sender, *[[{"time": 1, "msg": f"m{n}"}] for n in range(4)])
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(
            """
            WITH moved AS (DELETE FROM blocks RETURNING *)
            INSERT INTO orphan_blocks (block_id, process_id, stream_id, segment_id, payload_offset,
                payload_size, begin_time_ns, end_time_ns, begin_ticks, end_ticks, nb_objects,
                object_offset)
            SELECT block_id, process_id, stream_id, segment_id, payload_offset, payload_size,
                begin_time_ns, end_time_ns, begin_ticks, end_ticks, nb_objects, object_offset
            FROM moved ORDER BY payload_offset DESC LIMIT 1
            """
        )
        conn.execute("DELETE FROM streams")
    old = keys(filled)
    rewritten(filled)
    (new,) = keys(filled) - old
    done(filled, "segment_sweep", after=2 * DAY)
    done(filled, "segment_sweep", after=2 * DAY + timedelta(hours=3))
    assert keys(filled) == {new}
    filled.write(sender, [{"time": 2, "msg": "wakes it"}])
    assert messages(filled) == ["m3", "wakes it"]


def test_a_segment_that_is_lost_is_named(filled, new_sender) -> None:
    """
    The others are rewritten all the same, when they are steps of their own.
    """
    given(filled, new_sender)
    killed(filled, keep=1)
    filled.lake.objects.delete(sorted(keys(filled))[:1])
    outcome = done(filled, "segment_rewrite", after=2 * DAY, dead_bytes_min=1)
    assert isinstance(outcome.failed[0][1], ObjectMissing)


def test_a_rewrite_holds_so_much_in_memory(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    More live bytes are more new segments; so are more segments than one step takes.
    """
    monkeypatch.setattr("assets.maintain.segment_rewrite.REWRITE_BYTES_MAX", 1)
    given(filled, new_sender, segments=3)
    killed(filled, keep=1)
    assert len(rewritten(filled).planned) == 3
    monkeypatch.setattr("assets.maintain.segment_rewrite.REWRITE_SEGMENTS_MAX", 1)
    given(filled, new_sender, segments=3)
    killed(filled, keep=1)
    assert len(rewritten(filled).planned) == 1
