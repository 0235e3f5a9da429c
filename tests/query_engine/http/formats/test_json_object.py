"""Results as one JSON object."""

from tests.query_engine.http.asking import ask


def test_json_has_columns_rows_and_a_count(client):
    """
    The count at the end says that the result is complete.
    """
    answer = ask(client, "SELECT n, name FROM numbers")
    told = answer.json()
    assert told["query_id"] == answer.headers["x-query-id"]
    assert told["columns"] == [{"name": "n", "type": "int64"}, {"name": "name", "type": "string"}]
    assert told["rows"][3] == {"n": 3, "name": "n3"}
    assert told["row_count"] == 10
    assert "content-disposition" not in answer.headers


def test_an_empty_result_is_complete(client):
    """
    Columns, no rows, and the count of them.
    """
    answer = ask(client, "SELECT t, s FROM empty").json()
    assert (answer["rows"], answer["row_count"]) == ([], 0)


def test_a_late_error_ends_a_json_body_with_the_error(client, late):
    """
    The body is whole JSON and has an error where the count would be.
    """
    answer = ask(client, f"SELECT n FROM {late}").json()
    assert answer["rows"]
    assert "row_count" not in answer
    assert answer["error"]["code"] == "internal"
    assert answer["error"]["query_id"] == answer["query_id"]
