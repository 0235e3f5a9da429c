"""Functions can be listed over HTTP, as the reference page has them."""

import re
from pathlib import Path

from query_engine.functions.catalog import EVERY_FUNCTION
from query_engine.tables.function_listing import function_infos

PAGE = Path(__file__).resolve().parents[4] / "docs" / "functions.md"


def test_every_function_of_the_reference_page_is_listed(client):
    """
    With its signature, kind, sentences and examples.
    """
    listed = client.get("/api/functions").json()
    headings = re.findall(r"^### `(.*)`$", PAGE.read_text(), re.MULTILINE)
    assert sorted(function["signature"] for function in listed) == sorted(headings)
    assert {function["kind"] for function in listed} == {"scalar", "aggregate", "window", "table"}
    assert all(function["doc"] for function in listed)
    assert sum(len(function["examples"]) for function in listed) >= len(EVERY_FUNCTION)


def test_a_function_is_found_by_each_of_its_names(client):
    """
    In any capitals; one name may be an aggregate and a window function.
    """
    (upper,) = client.get("/api/functions/UPPER").json()
    assert upper["kind"] == "scalar"
    assert upper["examples"][0].keys() == {"sql", "result"}
    kinds = [function["kind"] for function in client.get("/api/functions/first_value").json()]
    assert kinds == ["aggregate", "window"]
    missing = client.get("/api/functions/nothing")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")


def test_functions_of_administrators_are_for_them():
    """
    For others there is no such function.
    """
    names = {function.name for function in function_infos(admin=True)}
    others = {function.name for function in function_infos(admin=False)}
    assert {"retire_partitions", "cancel_query"} <= names - others
    assert "parse_block" in others
