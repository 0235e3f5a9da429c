"""Text is compressed on its way when its client takes that."""

import gzip
import zlib

import pytest
from backports import zstd

from query_engine.http.content_encoding import COMPRESSORS, coding_for
from tests.query_engine.http.asking import ask


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", None),
        ("identity", None),
        ("br, deflate", None),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip", "gzip"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *", "gzip"),
        ("gzip;q=0", None),
    ],
)
def test_the_best_coding_that_the_client_takes(header, coding):
    """
    Of equally welcome ones the faster.
    """
    assert coding_for(header) == coding


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_piece_can_be_read_when_it_has_come(coding):
    """
    Nothing is held back until the end.
    """
    compressor = COMPRESSORS[coding]()
    reader = zlib.decompressobj(31) if coding == "gzip" else zstd.ZstdDecompressor()
    assert reader.decompress(compressor.piece(b"first\n")) == b"first\n"
    assert reader.decompress(compressor.piece(memoryview(b"second\n"))) == b"second\n"
    assert reader.decompress(compressor.end()) == b""
    assert reader.eof


@pytest.mark.parametrize(
    ("coding", "inflate"), [("gzip", gzip.decompress), ("zstd", zstd.decompress)]
)
@pytest.mark.parametrize("form", ["json", "ndjson", "csv"])
def test_text_is_compressed_over_http(client, coding, inflate, form):
    """
    The same text comes out.
    """
    sql = "SELECT m FROM many ORDER BY m LIMIT 5000"
    plain = ask(client, sql, headers={"Accept-Encoding": "identity"}, format=form)
    headers = {"Accept-Encoding": coding}
    with client.stream(
        "POST", "/api/query", json={"sql": sql, "format": form}, headers=headers
    ) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == coding
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert "content-encoding" not in plain.headers
    assert len(raw) < len(plain.content) / 2
    ids = [told.headers["x-query-id"].encode() for told in (plain, answer)]
    assert inflate(raw).replace(ids[1], ids[0]) == plain.content


def test_small_answers_and_arrow_are_sent_as_they_are(client):
    """
    The former would not gain, the latter has its own compression.
    """
    headers = {"Accept-Encoding": "gzip, zstd"}
    small = ask(client, "SELECT 1 AS one", headers=headers)
    arrow = ask(client, "SELECT m FROM many LIMIT 5000", headers=headers, format="arrow")
    assert "content-encoding" not in small.headers
    assert "content-encoding" not in arrow.headers
