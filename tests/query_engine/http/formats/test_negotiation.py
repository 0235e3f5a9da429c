"""Which form a result has is said by the request, then by Accept."""

import pytest

from assets.errors import CallerError
from query_engine.errors import NotAcceptable
from query_engine.http.formats.arrow import ARROW_TYPE
from query_engine.http.formats.catalog import FORMATS
from query_engine.http.formats.negotiation import choose
from tests.query_engine.http.asking import ask

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("", "json"),
        ("*/*", "json"),
        (BROWSER, "json"),
        ("application/*", "json"),
        ("text/*", "csv"),
        ("text/csv", "csv"),
        ("TEXT/CSV; charset=utf-8", "csv"),
        ("text/csv;q=0.2, application/json;q=0.9, */*;q=0.1", "json"),
        ("application/json;q=0, */*", "arrow"),
        ("application/jsonl", "ndjson"),
        (ARROW_TYPE, "arrow"),
        ("application/vnd.apache.parquet, */*;q=0.5", "parquet"),
        ("text/csv;q=nonsense, */*", "json"),
        (",,;=,text/csv", "csv"),
    ],
)
def test_the_most_welcome_form_is_sent(accept, name):
    """
    What names a form most exactly decides how welcome it is.
    """
    assert choose(None, None, accept).form.name == name


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "text/html"])
def test_a_form_that_there_is_not_is_told_as_such(accept):
    """
    With what there is.
    """
    with pytest.raises(NotAcceptable, match="text/csv"):
        choose(None, None, accept)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_every_form_is_found_by_its_name_and_its_media_types(form):
    """
    The name in the request wins over the header.
    """
    assert choose(form.name, None, "image/png").form is form
    for media_type in form.media_types:
        assert choose(None, None, media_type).form is form


def test_compression_is_of_forms_that_have_one():
    """
    Text is told how it is compressed; each form has its own choice unless asked.
    """
    assert choose("arrow", None, "").compression == "none"
    assert choose("parquet", None, "").compression == "zstd"
    assert choose("arrow", "lz4", f"{ARROW_TYPE}; codecs=zstd").compression == "lz4"
    assert choose(None, None, f'{ARROW_TYPE}; codecs="brotli, zstd"').compression == "zstd"
    assert choose("csv", "none", "").compression == "none"
    with pytest.raises(CallerError, match="Accept-Encoding"):
        choose("csv", "zstd", "")


def test_over_http_the_body_wins_over_the_header(client):
    """
    Browsers and proxies set Accept; who writes a format means it.
    """
    assert ask(client, "SELECT n FROM numbers", accept="text/csv").text.startswith("n\n")
    assert ask(client, "SELECT n FROM numbers", accept="text/csv", format="json").json()
    refused = ask(client, "SELECT n FROM numbers", accept="image/png")
    assert (refused.status_code, refused.json()["error"]["code"]) == (406, "not_acceptable")
    unknown = ask(client, "SELECT n FROM numbers", format="xml")
    assert unknown.status_code == 400
    assert "'xml'; there are json, arrow" in unknown.json()["error"]["message"]
