"""Results behind a link."""

import io
from urllib.parse import urlencode

import pandas as pd
import pytest

from query_engine.tables.ranges import TimeRange


def test_a_link_answers_what_a_question_answers(client, memory_tables):
    """
    Range, limit and format are parts of the address.
    """
    asked = {
        "sql": "SELECT n FROM numbers",
        "begin": "1970-01-01T00:00:00Z",
        "end": "1970-01-01T00:00:01Z",
        "limit": 3,
        "format": "csv",
    }
    answer = client.get("/api/query", params=asked)
    assert answer.text == "n\n0\n1\n2\n"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert memory_tables.ranges == [TimeRange(0, 1_000_000_000)]


def test_readers_that_take_an_address_read_it(client):
    """
    Text as it comes, Parquet as a file.
    """
    sql = "SELECT n, name FROM numbers"
    address = f"{client.base_url}/api/query?" + urlencode({"sql": sql, "format": "csv"})
    assert pd.read_csv(address)["n"].tolist() == list(range(10))
    file = client.get("/api/query", params={"sql": sql, "format": "parquet"})
    assert pd.read_parquet(io.BytesIO(file.content))["name"].tolist()[3] == "n3"


def test_a_link_has_no_functions_of_administrators(client, memory_tables):
    """
    A page of another site may make a browser follow it.
    """
    client.get("/api/query", params={"sql": "SELECT 1"})
    client.post("/api/query", json={"sql": "SELECT 1"})
    assert memory_tables.admins == [False, True]


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-origin", 200), ("none", 200)]
)
def test_pages_of_other_sites_are_turned_away(client, site, status):
    """
    Where the browser tells; pages of this one and the address line may ask.
    """
    headers = {"Sec-Fetch-Site": site}
    answer = client.get("/api/query", params={"sql": "SELECT 1"}, headers=headers)
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["error"]["code"] == "foreign_site"


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "sql: "),
        ({"sql": "SELECT 1", "limit": "many"}, "limit: "),
        ({"sql": "SELECT 1", "limit": "-1"}, "limit: "),
        ({"sql": "SELECT 1", "format": "xml"}, "'xml'; there are json"),
        ({"sql": "SELECT 1", "fromat": "csv"}, "'fromat'"),
    ],
)
def test_a_wrong_link_is_told_what_is_wrong(client, params, said):
    """
    By the name of its part.
    """
    answer = client.get("/api/query", params=params)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
