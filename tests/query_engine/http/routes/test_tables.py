"""Tables can be listed and described over HTTP."""

from query_engine.tables.listing import table_infos


def test_every_table_is_listed(client):
    """
    With columns, their types on the wire, and sentences.
    """
    listed = client.get("/api/tables").json()
    assert [table["name"] for table in listed] == [table.name for table in table_infos()]
    entries = next(table for table in listed if table["name"] == "log_entries")
    assert entries["time_column"] == "time"
    types = {column["name"]: column["type"] for column in entries["columns"]}
    assert types["time"] == "timestamp[ns, tz=UTC]"


def test_one_table_is_described(client):
    """
    By its name, or by the call of a function that yields several.
    """
    assert client.get("/api/tables/Log_Entries").json()["name"] == "log_entries"
    call = "view_instance('log_entries', '<process_id>')"
    assert client.get(f"/api/tables/{call}").json()["call"] == call
    several = client.get("/api/tables/view_instance")
    assert several.status_code == 400
    assert call in several.json()["error"]["message"]
    missing = client.get("/api/tables/nothing")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
