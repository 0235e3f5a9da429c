"""The description of the API is right: every route, parameter, form and error is as it says."""

import re
import uuid

import pytest

from query_engine.http.admission import RULES
from query_engine.http.formats.catalog import FORMATS

EXAMPLES = {
    "query_id": str(uuid.uuid4()),
    "name": "upper",
    "process_id": str(uuid.uuid4()),
    "block_id": str(uuid.uuid4()),
    "image": "0",
    "trace_id": "0" * 31 + "1",
}
BODIES = {
    "/api/query": {"sql": "SELECT n FROM numbers"},
    "/gateway/query": {"sql": "SELECT n FROM numbers"},
}


@pytest.fixture
def described(client):
    """The description, as it is served."""
    return client.get("/openapi.json").json()


def operations(described):
    """Yield method, path and description of each operation."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_route_is_described_and_answers_as_it_says(client, described):
    """
    Status and media type of a plain call are among those that stand there.
    """
    for method, path, operation in operations(described):
        assert operation["summary"], path
        assert operation["tags"], path
        url = re.sub(r"\{(\w+)\}", lambda part: EXAMPLES[part[1]], path)
        required = {p["name"] for p in operation.get("parameters", []) if p.get("required")}
        query = {"sql": "SELECT 1"} if "sql" in required else None
        answer = client.request(method, url, json=BODIES.get(path), params=query)
        told = operation["responses"].get(str(answer.status_code))
        assert told, f"{method} {url} answered {answer.status_code}"
        media_type = answer.headers["content-type"].partition(";")[0]
        assert media_type in told["content"], f"{method} {url} answered {media_type}"


def test_every_error_has_the_one_form(described):
    """
    Nothing is said of the framework's own errors, which are not sent.
    """
    for method, path, operation in operations(described):
        assert "422" not in operation["responses"], f"{method} {path}"
        for status, told in operation["responses"].items():
            if status != "200":
                schema = told["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorBody"}, f"{path} {status}"


def test_every_parameter_says_what_it_is(described):
    """
    Headers included, which both doors share.
    """
    for method, path, operation in operations(described):
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), f"{method} {path} {parameter['name']}"
    asked = described["paths"]["/api/query"]["post"]["parameters"]
    headers = {p["name"] for p in asked if p["in"] == "header"}
    assert {"query_range_begin", "query_range_end", "limit", "x-query-id", "accept"} <= headers


def test_every_form_is_described_and_sent(client, described):
    """
    The name, the media type, and what stands there are one.
    """
    content = described["paths"]["/api/query"]["post"]["responses"]["200"]["content"]
    fields = described["components"]["schemas"]["Question"]["properties"]
    names = next(part["enum"] for part in fields["format"]["anyOf"] if "enum" in part)
    assert names == [form.name for form in FORMATS]
    for form in FORMATS:
        answer = client.post("/api/query", json={"sql": "SELECT 1", "format": form.name})
        media_type = answer.headers["content-type"].partition(";")[0]
        assert media_type in content


def test_examples_of_questions_are_answered(client, described):
    """
    Whoever copies one is not refused for its form.
    """
    for example in described["components"]["schemas"]["Question"]["examples"]:
        answer = client.post("/api/query", json=example)
        assert answer.json()["error"]["code"] == "unknown_table", "these tables have no log_entries"


def test_the_page_that_shows_it_is_there(client):
    """
    For people.
    """
    assert "openapi.json" in client.get("/docs").text


def test_what_needs_a_credential_says_how_it_is_refused(described):
    """
    401 and 403 in the one form of errors, at every route that is not open, and at no other.
    """
    for method, path, operation in operations(described):
        needs = RULES.needs[f"{'GET' if method == 'HEAD' else method} {path}"]
        told = {status for status in ("401", "403") if status in operation["responses"]}
        assert told == (set() if needs == "open" else {"401", "403"}), path
        for status in told:
            (form,) = operation["responses"][status]["content"].values()
            assert form["schema"]["$ref"].removeprefix("#/components/schemas/") == "ErrorBody"
