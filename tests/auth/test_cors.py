"""Browsers ask, without a credential, whether a page may send one."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from assets.storage.settings import LakeSettings
from auth.authenticator import Authenticator
from ingest_api.settings import IngestSettings
from query_engine.doors import Doors
from query_engine.metrics import QueryMetrics
from query_engine.readiness import Readiness
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.memory import MemoryTables
from query_engine.workers.pool import WorkerPool
from tests.ingest_api.conftest import RunningReceiver

PAGE = "https://app.example.org"
ASKED = {
    "Origin": PAGE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization",
}


@pytest.fixture(scope="module")
def urls(
    database: str, workers: WorkerPool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Both services behind a login that nobody passes, with a page that may ask."""
    with ExitStack() as closing:
        lake = LakeSettings(
            database_url=database, root_uri=(tmp_path_factory.mktemp("lake") / "lake").as_uri()
        )
        receiver = RunningReceiver(IngestSettings(cors_origins=PAGE), lake, None, Authenticator())
        receiver.start()
        closing.callback(receiver.stop)
        settings = QuerySettings(http_port=0, flight_port=0, http_cors_origins=PAGE)
        service = QueryService(MemoryTables({}), settings, QueryMetrics(), workers)
        doors = Doors(service, Readiness(lambda: None), settings, None, Authenticator())
        closing.callback(doors.close, 1.0)
        yield {"/v1/traces": receiver.url, "/api/query": doors.http_url}


@pytest.mark.parametrize("path", ["/v1/traces", "/api/query"])
def test_a_browser_is_told_whether_it_may_ask_and_nothing_else(
    urls: dict[str, str], path: str
) -> None:
    """
    The same for every path, be there a route or not; what it then asks needs a credential.
    """
    with httpx.Client(base_url=urls[path]) as client:
        first = client.options(path, headers=ASKED)
        assert first.status_code == 200
        assert first.headers["access-control-allow-origin"] == PAGE
        assert "authorization" in first.headers["access-control-allow-headers"].lower()
        nowhere = client.options("/nothing", headers=ASKED)
        told = [
            {name: value for name, value in one.headers.items() if name != "date"}
            for one in (first, nowhere)
        ]
        assert (first.status_code, first.text, told[0]) == (
            nowhere.status_code,
            nowhere.text,
            told[1],
        )
        asked = client.post(path, headers={"Origin": PAGE})
        assert asked.status_code == 401
        assert asked.headers["access-control-allow-origin"] == PAGE


@pytest.mark.parametrize("path", ["/v1/traces", "/api/query"])
def test_no_other_question_of_a_browser_is_answered(urls: dict[str, str], path: str) -> None:
    """
    Another page is refused, and OPTIONS that is no such question needs a credential as all do.
    """
    with httpx.Client(base_url=urls[path]) as client:
        other = client.options(path, headers=ASKED | {"Origin": "https://evil.example.org"})
        assert other.status_code == 400
        assert "access-control-allow-origin" not in other.headers
        for headers in ({}, {"Origin": PAGE}, {"Access-Control-Request-Method": "POST"}):
            assert client.options(path, headers=headers).status_code == 401
