"""The view ``quarantine``: what was acknowledged, is in no answer, and why."""

from datetime import UTC, datetime, timedelta

ROWS = [{"time": 1, "msg": "good"}, {"time": 2, "msg": "good"}]


def test_a_block_that_cannot_be_read_is_found_by_sql_with_its_reason(
    asked, filled, new_sender
) -> None:
    """
    After the first query that needed it: which view, which process, how many events, what is wrong.
    """
    good, bad = new_sender(), new_sender()
    filled.write(good, ROWS)
    filled.write(bad, ROWS, payloads=[b"no frame at all"])
    assert asked.rows("SELECT * FROM quarantine").height == 0
    assert asked.rows("SELECT msg FROM log_entries").height == 2
    found = asked.rows("SELECT * FROM quarantine").to_dicts()
    assert [row["view"] for row in found] == ["log_entries"]
    (row,) = found
    (block,) = asked.rows(
        f"SELECT block_id, stream_id, insert_time FROM blocks WHERE process_id = '{bad.process_id}'"
    ).to_dicts()
    assert {key: row[key] for key in block} == block
    assert (row["process_id"], row["nb_objects"], row["payload_size"]) == (bad.process_id, 2, 15)
    assert (row["format"], row["decoder_version"], row["attempts"]) == ("limnograph/v1", 1, 1)
    assert "zstd" in row["reason"]
    assert row["first_seen"] >= row["insert_time"]


def test_quarantine_joins_groups_and_obeys_the_range(asked, filled, new_sender) -> None:
    """
    It is a table like any other: what is missing, by program and reason, in a stretch of time.
    """
    filled.write(new_sender(), ROWS, ROWS, payloads=[b"junk", b"junk"])
    asked.rows("SELECT count(*) FROM log_entries")
    asked.rows("SELECT count(*) FROM log_stats")
    sql = (
        "SELECT q.view, p.exe, q.reason, count(*) AS blocks, sum(q.nb_objects) AS events"
        " FROM quarantine q JOIN processes p USING (process_id)"
        " GROUP BY q.view, p.exe, q.reason ORDER BY q.view"
    )
    assert [
        (row["view"], row["exe"], row["blocks"], row["events"])
        for row in asked.rows(sql).to_dicts()
    ] == [("log_entries", "shop", 2, 4)]
    tomorrow = int((datetime.now(UTC) + timedelta(days=1)).timestamp()) * 10**9
    assert asked.rows(sql, begin_ns=tomorrow).height == 0
    assert asked.rows(sql, end_ns=tomorrow).height == 1
