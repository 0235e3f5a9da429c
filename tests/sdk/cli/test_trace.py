"""limno trace and GET /api/perfetto: a process of the SDK as a file that Perfetto reads."""

import uuid
from collections import Counter
from pathlib import Path

import httpx
import pytest

import limnograph
from limnograph import log, metric, span
from limnograph.cli import main
from tests.query_engine.export.chrome_reading import drawn_of_chrome
from tests.query_engine.export.reading import drawn
from tests.query_engine.export.speedscope_reading import slices_of_speedscope
from tests.sdk.cli.real_lake import QueryService

pytestmark = pytest.mark.slow

READERS = {
    "chrome": lambda content: drawn_of_chrome(content).slices,
    "speedscope": lambda content: slices_of_speedscope(content)[0],
}
REQUEST, QUERY = span("request"), span("query")
LOAD = metric("load", "1")


def test_a_process_is_exported(
    query: QueryService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Its spans nested as they were called, its logs, its values: the same file by both ways.
    """
    with REQUEST:
        for number in range(3):
            with QUERY(number=number):
                log.info("row %d", number)
        LOAD.record(0.5)
    assert limnograph.flush(30)
    process = limnograph.process_id()
    assert process is not None
    file = tmp_path / "out.perfetto-trace"
    assert main(["trace", process, "-o", str(file), "--uri", query.flight]) == 0
    assert "open" in capsys.readouterr().err
    again = tmp_path / "again.perfetto-trace"
    assert main(["trace", process, "-o", str(again), "--uri", query.http, "--begin", "1h"]) == 0
    page = capsys.readouterr().err.splitlines()[-1].partition("file: ")[2]
    assert page.startswith(f"{query.http}/perfetto/{process}?begin=")
    assert f"../api/perfetto/{process}?" in httpx.get(page).raise_for_status().text
    seen = drawn(file.read_bytes())
    names = sorted(one.names for one in seen.slices if one.names[0] == "request")
    assert names == [("request",), *[("request", "query")] * 3]
    numbers = {one.attributes for one in seen.slices if one.names[-1] == "query"}
    assert numbers == {(("number", str(number)),) for number in range(3)}
    assert {"row 0", "row 1", "row 2"} <= {text for _, _, text, _ in seen.instants}
    assert [value for _, value in seen.values["load"]] == [0.5]
    for name, form in (("out.json", "chrome"), ("out.speedscope.json", "speedscope")):
        other = tmp_path / name
        assert main(["trace", process, "-o", str(other), "--uri", query.flight]) == 0
        answer = httpx.get(f"{query.http}/api/perfetto/{process}", params={"format": form})
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["content-disposition"].endswith('.json"')
        assert answer.content == other.read_bytes()
        slices = READERS[form](answer.content)
        assert Counter(one.names for one in slices) == Counter(one.names for one in seen.slices)
    answer = httpx.get(f"{query.http}/api/perfetto/{process}?show=thread")
    assert answer.headers["content-disposition"].endswith('.perfetto-trace"')
    assert drawn(answer.content).slices == seen.slices
    assert drawn(answer.content).instants == []


def test_what_cannot_be_exported_is_told(
    query: QueryService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A process that is not there leaves no file behind; an id that is none is refused.
    """
    file = tmp_path / "out.perfetto-trace"
    nobody = str(uuid.uuid4())
    assert main(["trace", nobody, "-o", str(file), "--uri", query.flight]) == 1
    assert f"there is no process {nobody}" in capsys.readouterr().err
    assert main(["trace", "x", "-o", str(file), "--uri", query.flight]) == 1
    assert "is not a process id" in capsys.readouterr().err
    assert list(tmp_path.glob("*perfetto*")) == []
    assert httpx.get(f"{query.http}/api/perfetto/{nobody}").status_code == 404
    assert httpx.get(f"{query.http}/api/perfetto/x").status_code == 400
    wrong = httpx.get(f"{query.http}/api/perfetto/{nobody}?format=svg")
    assert wrong.json()["error"]["message"] == (
        "format: no format 'svg'; there are perfetto, chrome, speedscope"
    )
