"""get_payload: the bytes that were sent, read where the plan runs."""

import pickle
import uuid

import pytest

from query_engine.sql.errors import RunProblem
from query_engine.tables.payloads import PayloadReader


def test_payloads_are_the_bytes_that_were_sent(asked, filled, new_sender):
    """
    One for each row, in the rows' order, whatever is materialized; NULL for NULL.
    """
    sender = new_sender()
    filled.write(sender, [{"time": 1, "msg": "a"}], [{"time": 2, "msg": "b" * 100}])
    sql = "SELECT get_payload(process_id, stream_id, block_id) AS p, payload_size FROM blocks"
    found = asked.rows(f"{sql} ORDER BY begin_time")
    assert [len(payload) for payload in found["p"]] == found["payload_size"].to_list()
    assert found["p"].n_unique() == 2
    first = asked.rows("SELECT block_id FROM blocks ORDER BY begin_time LIMIT 1").item()
    ids = f"'{sender.process_id}', '{sender.stream_id}', '{first}'"
    assert asked.rows(f"SELECT get_payload({ids}) AS p").item() == found["p"][0]
    assert asked.rows("SELECT get_payload(process_id, NULL, block_id) AS p FROM blocks").rows() == [
        (None,),
        (None,),
    ]
    assert asked.service.schema(sql).names == ["p", "payload_size"]


@pytest.mark.parametrize("block", [str(uuid.UUID(int=1)), "x", "%"])
def test_a_block_that_does_not_exist_ends_the_query(asked, filled, new_sender, block):
    """
    So does one of another process or stream: the ids belong together.
    """
    filled.write(new_sender(), [{"time": 1}])
    with pytest.raises(RunProblem, match="there is no block"):
        asked.rows(f"SELECT get_payload(process_id, stream_id, '{block}') FROM blocks")
    with pytest.raises(RunProblem, match="there is no block"):
        asked.rows("SELECT get_payload(stream_id, process_id, block_id) FROM blocks")


def test_a_reader_shows_no_password_and_can_travel(filled):
    """
    What is printed of a plan never holds the database's address.
    """
    reader = PayloadReader.of(filled.lake, None)
    assert reader.database_url not in repr(reader)
    assert pickle.loads(pickle.dumps(reader)) == reader
