"""One answer as bytes: what is sent when its rows cannot be encoded."""

import pytest

from query_engine.errors import QueryFailed
from query_engine.http.formats.ndjson import JsonLines
from query_engine.http.result import Result


class Unable(JsonLines):
    """Encodes a number of batches, then fails as a library would."""

    def __init__(self, able):
        self.able = able

    def rows(self, rows):
        if not self.able:
            raise ValueError("not this one")
        self.able -= 1
        return super().rows(rows)


@pytest.fixture
def result(service):
    """Make the answer to a question of many batches."""

    def made(able):
        return Result(lambda is_gone: service.query("SELECT m FROM many"), Unable(able))

    return made


def test_first_rows_that_cannot_be_encoded_are_an_error_with_its_status(result):
    """
    Nothing was sent yet.
    """
    failing = result(0)
    with pytest.raises(QueryFailed) as caught:
        failing.begin(lambda: False)
    assert caught.value.query_id == failing.stream.query_id
    failing.close()


def test_later_ones_end_the_body_as_a_failed_query_does(result):
    """
    With the error where the form has a place for it.
    """
    failing = result(1)
    assert failing.begin(lambda: False)
    (last,) = failing.next()
    assert b'"error"' in last
    assert failing.stream.query_id.encode() in last
    assert (failing.ended, failing.cut_off) == (True, True)
