"""What becomes of uploads: visible when whole, once, and all of a call or nothing."""

import threading
import uuid
from datetime import timedelta

import pyarrow as pa
import pytest

from assets.errors import CallerError, LimitExceeded, NotFound, StorageUnavailable
from assets.materialize import materialize
from assets.storage import bulk
from assets.storage.bulk import BulkStore
from assets.storage.metadata import staging
from assets.storage.metadata.limits import STAGED_KEEP
from assets.storage.segment import read_index
from assets.views.catalog import view_named
from query_engine.errors import AdminOnly, Cancelled, ShuttingDown, TooManyUploads
from query_engine.ingest import uploads as uploads_module
from query_engine.ingest.limits import UPLOADS_MAX
from query_engine.ingest.uploads import Uploads
from query_engine.metrics import QueryMetrics

ALL = ("processes", "streams", "blocks", "payloads")
OTHER_ID = "0190163c-0000-7000-8000-00000000000a"
ORDERS = [ALL, ALL[::-1], *(ALL[at:] + ALL[:at] for at in (1, 2, 3)), ALL[2:] + ALL[1::-1]]


def upload(uploading, told, *names):
    """Upload tables in this order."""
    return [uploading.take(name, told.table(name)) for name in names]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_tables_may_come_in_any_order(uploading, told, order):
    """
    A block is seen when its row, its payload, its stream and its process are there, not before.
    """
    for name in order:
        assert uploading.messages() == []
        assert upload(uploading, told, name) == [1]
    assert uploading.messages() == ["one", "two"]
    assert (uploading.count("staged_blocks"), uploading.count("staged_payloads")) == (0, 0)
    assert uploading.objects("staged/") == []


def test_what_was_uploaded_is_materialized_as_anything_else(uploading, filled, told):
    """
    The table has the rows afterwards, and no query sees them twice.
    """
    upload(uploading, told, *ALL)
    view = view_named("log_entries")
    materialize(filled.lake, view, filled.tables)
    assert filled.stored(view)["msg"].to_list() == ["one", "two"]
    assert uploading.messages() == ["one", "two"]
    row = uploading.rows("SELECT process_id, exe, properties['env'] AS env FROM processes")
    assert row.row(0) == (told.process_id, "shop", "test")


def test_repeating_uploads_changes_nothing(uploading, told):
    """
    Clients send again when an answer is lost; rows received are counted, rows stored are not.
    """
    for _ in range(3):
        assert upload(uploading, told, *ALL) == [1, 1, 1, 1]
    assert uploading.messages() == ["one", "two"]
    assert uploading.count("blocks") == 1
    assert uploading.count("staged_blocks") == uploading.count("staged_payloads") == 0
    assert uploading.objects("staged/") == []
    assert len(uploading.objects("segments/")) == 1


def test_a_repeated_half_waits_once(uploading, told):
    """
    The first one stays.
    """
    for _ in range(2):
        upload(uploading, told, "payloads")
    assert uploading.count("staged_payloads") == 1
    assert len(uploading.objects("staged/")) == 1


def test_the_segment_repeats_what_is_known_of_its_blocks(uploading, told):
    """
    The metadata can be rebuilt from objects alone, from these as from the receiver's.
    """
    upload(uploading, told, *ALL)
    (info,) = uploading.lake.objects.list("segments/")
    index = read_index(uploading.lake.objects, info)
    assert [process.process_id for process in index.processes] == [told.process_id]
    assert [(stream.stream_id, stream.tags) for stream in index.streams] == [
        (told.stream_id, ("log",))
    ]
    assert [block.block_id for block in index.blocks] == [told.block_id]


def test_many_blocks_come_into_several_segments_in_one_transaction(uploading, told, monkeypatch):
    """
    Every payload is found where its row says, and all of a call becomes visible together.
    """
    monkeypatch.setattr(bulk, "BULK_SEGMENT_BYTES", 3 * len(told.payload))
    monkeypatch.setattr(bulk, "STAGED_OBJECT_BYTES", 2 * len(told.payload))
    upload(uploading, told, "processes", "streams")
    ids = [str(uuid.uuid4()) for _ in range(10)]
    payloads = pa.concat_tables(
        told.payloads.set_column(2, "block_id", pa.array([id_])) for id_ in ids
    )
    blocks = pa.concat_tables(told.blocks.set_column(0, "block_id", pa.array([id_])) for id_ in ids)
    uploading.take("payloads", payloads)
    assert len(uploading.objects("staged/")) == 5
    uploading.take("blocks", blocks)
    assert uploading.messages() == ["one"] * 10 + ["two"] * 10
    assert len(uploading.objects("segments/")) == 4
    assert uploading.rows("SELECT DISTINCT insert_time FROM blocks").height <= 10
    assert uploading.count("(SELECT DISTINCT xid FROM blocks) AS x") == 1
    assert uploading.objects("staged/") == []


def test_only_blocks_with_both_halves_become_visible(uploading, told):
    """
    The others wait on.
    """
    upload(uploading, told, "processes", "streams")
    other = told.blocks.set_column(0, "block_id", pa.array([str(uuid.uuid4())]))
    uploading.take("blocks", pa.concat_tables([told.blocks, other]))
    upload(uploading, told, "payloads")
    assert uploading.messages() == ["one", "two"]
    assert (uploading.count("blocks"), uploading.count("staged_blocks")) == (1, 1)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("process_id", OTHER_ID, "name different processes"),
        ("stream_id", OTHER_ID, "name different streams"),
        ("payload_size", 1, "payload_size is 1, but its payload has"),
    ],
)
def test_halves_that_contradict_are_refused(uploading, told, field, value, text):
    """
    Nothing of the call is kept, the half that was there stays.
    """
    upload(uploading, told, "processes", "streams", "payloads")
    wrong = told.blocks.set_column(
        told.blocks.schema.get_field_index(field), field, pa.array([value])
    )
    fine = wrong.set_column(0, "block_id", pa.array([str(uuid.uuid4())]))
    with pytest.raises(CallerError, match=f"block {told.block_id}: .*{text}"):
        uploading.take("blocks", pa.concat_tables([fine, wrong]))
    assert uploading.count("staged_blocks") == 0
    upload(uploading, told, "blocks")
    assert uploading.messages() == ["one", "two"]


def test_a_payload_that_contradicts_leaves_no_object(uploading, told):
    """
    What was written for a call that is refused is deleted.
    """
    upload(uploading, told, "blocks")
    wrong = told.payloads.set_column(3, "payload", pa.array([b"short"], pa.binary()))
    with pytest.raises(CallerError, match="payload has 5 bytes"):
        uploading.take("payloads", wrong)
    assert uploading.objects("staged/") == []


def test_a_block_of_the_receiver_is_not_stored_again(uploading, filled, new_sender, told):
    """
    Also when its id is not remembered any more: whoever moves a lake may begin anew at any time.
    """
    sender = new_sender()
    told.process_id, told.stream_id = sender.process_id, sender.stream_id
    filled.write(sender, [{"time": 1, "msg": "first"}], block_ids=[told.block_id])
    with filled.lake.connection() as conn:
        conn.execute("DELETE FROM block_keys")
    upload(uploading, told, *ALL)
    assert uploading.messages() == ["first"]
    assert uploading.count("staged_blocks") == uploading.count("staged_payloads") == 0


def test_both_halves_at_the_same_time_meet(uploading, told):
    """
    Whichever call ends last finds the other half.
    """
    upload(uploading, told, "processes", "streams")
    for round_ in range(5):
        told.block_id = str(uuid.uuid4())
        together = threading.Barrier(2)

        def one(name, together=together):
            together.wait()
            upload(uploading, told, name)

        threads = [threading.Thread(target=one, args=(name,)) for name in ("blocks", "payloads")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert uploading.count("blocks") == round_ + 1
        assert uploading.count("staged_blocks") == uploading.count("staged_payloads") == 0
    assert uploading.objects("staged/") == []


def test_a_crash_before_the_commit_leaves_nothing_to_see_and_is_repeated(
    uploading, told, monkeypatch
):
    """
    The half that was staged is found by the repeated call.
    """
    upload(uploading, told, "processes", "streams", "payloads")

    def crash(*_args, **_values):
        raise StorageUnavailable("gone")

    with monkeypatch.context() as broken:
        broken.setattr(BulkStore, "_commit", crash)
        with pytest.raises(StorageUnavailable):
            upload(uploading, told, "blocks")
    assert uploading.messages() == []
    upload(uploading, told, "blocks")
    assert uploading.messages() == ["one", "two"]


def test_halves_that_wait_in_vain_are_forgotten(uploading, told, filled):
    """
    Rows and objects; what waits for a shorter time stays.
    """
    upload(uploading, told, "payloads")
    later = STAGED_KEEP + timedelta(hours=1)
    future = BulkStore(filled.lake, lambda: int(4_000_000_000e9))
    assert future.forget_waiting() == 0
    assert len(uploading.objects("staged/")) == 1
    with filled.lake.connection() as conn:
        conn.execute("UPDATE staged_payloads SET insert_time = insert_time - %s", (later,))
    assert future.forget_waiting() == 1
    assert uploading.objects("staged/") == []


def test_no_more_may_wait_than_the_limits_say(uploading, told, monkeypatch):
    """
    The call that would bring it over is refused whole.
    """
    upload(uploading, told, "payloads")
    monkeypatch.setattr(staging, "STAGED_ROWS_MAX", 1)
    told.block_id = str(uuid.uuid4())
    with pytest.raises(LimitExceeded, match="STAGED_ROWS_MAX"):
        upload(uploading, told, "payloads")
    monkeypatch.setattr(staging, "STAGED_ROWS_MAX", 2)
    monkeypatch.setattr(staging, "STAGED_BYTES_MAX", 1)
    with pytest.raises(LimitExceeded, match="STAGED_BYTES_MAX"):
        upload(uploading, told, "payloads")
    assert uploading.count("staged_payloads") == 1
    assert len(uploading.objects("staged/")) == 1


def test_an_upload_that_breaks_off_leaves_nothing(uploading, told):
    """
    A client that was killed looks as if it had sent everything: it is asked before the commit.
    """
    for name in ALL:
        table = told.table(name)
        with pytest.raises(Cancelled):
            uploading.uploads.take(name, table.schema, table.to_batches(), lambda: True)
    for name in ("processes", "streams", "staged_blocks", "staged_payloads"):
        assert uploading.count(name) == 0
    assert uploading.objects("staged/") == []


def test_rows_and_bytes_of_a_call_are_bounded(uploading, told, monkeypatch):
    """
    The message names the limit, and nothing is kept.
    """
    monkeypatch.setattr(uploads_module, "UPLOAD_ROWS_MAX", 1)
    with pytest.raises(LimitExceeded, match="UPLOAD_ROWS_MAX"):
        uploading.take("payloads", pa.concat_tables([told.payloads, told.payloads]))
    monkeypatch.setattr(uploads_module, "UPLOAD_BYTES_MAX", 10)
    with pytest.raises(LimitExceeded, match="UPLOAD_BYTES_MAX"):
        upload(uploading, told, "payloads")
    assert uploading.count("staged_payloads") == 0


def test_who_may_not_is_refused(uploading, told):
    """
    Others than administrators, unknown tables, a service that stops, too many at once.
    """
    store = BulkStore(uploading.lake)

    def uploads(*, admin=True, check_open=lambda: None):
        return Uploads(store, QueryMetrics(), admin=admin, check_open=check_open)

    def take(to, name="processes", batches=None):
        table = told.processes
        return to.take(name, table.schema, batches or table.to_batches(), lambda: False)

    def stopping():
        raise ShuttingDown("stopping")

    with pytest.raises(AdminOnly, match="LIMNO_QUERY_ADMIN"):
        take(uploads(admin=False))
    with pytest.raises(NotFound, match="processes, streams, blocks, payloads"):
        take(uploads(), "log_entries")
    with pytest.raises(ShuttingDown):
        take(uploads(check_open=stopping))
    full = uploads()

    def while_it_runs(depth):
        if depth == UPLOADS_MAX:
            with pytest.raises(TooManyUploads):
                take(full)
        else:
            take(full, batches=batches(depth + 1))

    def batches(depth):
        while_it_runs(depth)
        yield from told.processes.to_batches()

    while_it_runs(0)
    assert take(full) == 1
