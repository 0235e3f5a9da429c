"""Results as Arrow IPC streams: plain, compressed, and broken."""

import io
import json

import polars as pl
import pyarrow as pa
import pytest

from query_engine.http.formats.arrow import ARROW_TYPE, END_OF_STREAM
from tests.query_engine.http.asking import ask


def test_arrow_is_a_stream_with_an_end(client):
    """
    Any Arrow library reads the body.
    """
    answer = ask(client, "SELECT n, name FROM numbers", accept=ARROW_TYPE)
    table = pa.ipc.open_stream(answer.content).read_all()
    assert answer.headers["content-type"] == ARROW_TYPE
    assert table.column("n").to_pylist() == list(range(10))
    assert answer.content.endswith(END_OF_STREAM)
    assert len(answer.headers["x-query-id"]) == 36


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_buffers_are_compressed_when_asked_for(client, codec):
    """
    By the body or by a parameter of the media type; readers need not be told.
    """
    sql = "SELECT m FROM many LIMIT 100000"
    plain = ask(client, sql, format="arrow").content
    for answer in (
        ask(client, sql, format="arrow", compression=codec),
        ask(client, sql, accept=f'text/csv;q=0.1, {ARROW_TYPE}; codecs="{codec}, other"'),
    ):
        assert len(answer.content) < len(plain) / 2
        assert answer.headers["content-type"] == ARROW_TYPE
        assert "content-encoding" not in answer.headers
        assert pa.ipc.open_stream(answer.content).read_all().num_rows == 100_000
        assert answer.content.endswith(END_OF_STREAM)


def test_an_empty_result_has_its_schema(client):
    """
    Compressed too, where there is no message to begin with.
    """
    for compression in ("none", "zstd"):
        answer = ask(client, "SELECT t, s FROM empty", format="arrow", compression=compression)
        table = pa.ipc.open_stream(answer.content).read_all()
        assert table.schema == pa.schema([("t", pa.timestamp("ns", "UTC")), ("s", pa.utf8())])
        assert table.num_rows == 0


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_a_broken_stream_is_refused_by_readers_and_says_why(client, late, compression):
    """
    Its last message is cut short; its bytes are the error. As HTTP the answer is whole.
    """
    answer = ask(client, f"SELECT n FROM {late}", format="arrow", compression=compression)
    assert answer.status_code == 200
    for read in (
        lambda body: pa.ipc.open_stream(body).read_all(),
        lambda body: pa.ipc.open_stream(io.BytesIO(body)).read_all(),
        lambda body: pl.read_ipc_stream(io.BytesIO(body)),
    ):
        with pytest.raises((pa.ArrowInvalid, pl.exceptions.ComputeError)):
            read(answer.content)
    batches = pa.ipc.open_stream(answer.content)
    assert next(iter(batches)).num_rows > 0
    at = answer.content.rindex(b'{"error":')
    error = json.loads(answer.content[at:])["error"]
    assert error["code"] == "internal"
    assert error["query_id"] == answer.headers["x-query-id"]
    assert answer.content[at - 8 : at - 4] == b"\xff\xff\xff\xff"
    announced = int.from_bytes(answer.content[at - 4 : at], "little")
    assert announced == len(answer.content) - at + 8
