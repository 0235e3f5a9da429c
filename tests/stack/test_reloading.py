"""Dagster's code location is loaded again when definitions of views have changed, and only then."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg
import pytest

from assets.storage.metadata.defined_views import changing
from stack.reloading import CodeReloader


class Webserver(HTTPServer):
    """Stands for Dagster's: answers a reload as it is told to."""

    answer: dict[str, object]
    asked: list[str]


class Handler(BaseHTTPRequestHandler):
    """Remembers what was asked."""

    server: Webserver

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.asked.append(json.loads(self.rfile.read(length))["query"])
        body = json.dumps({"data": {"reloadRepositoryLocation": self.server.answer}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[Webserver]:
    """Return a running webserver that reloads."""
    server = Webserver(("127.0.0.1", 0), Handler)
    server.answer, server.asked = {"__typename": "WorkspaceLocationEntry"}, []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join(20)
    server.server_close()


def change(database_url: str) -> None:
    """Change some definition."""
    with psycopg.connect(database_url, autocommit=True) as conn, changing(conn):
        pass


def test_a_change_is_loaded_once(database_url: str, web: Webserver) -> None:
    """
    And told in a line.
    """
    said: list[str] = []
    reloader = CodeReloader(database_url, f"http://127.0.0.1:{web.server_port}", said.append)
    assert reloader.look()
    assert web.asked == []
    change(database_url)
    assert reloader.look()
    assert reloader.look()
    assert len(web.asked) == 1
    assert "reloadRepositoryLocation" in web.asked[0]
    assert len(said) == 1


def test_what_did_not_reload_is_asked_again(database_url: str, web: Webserver) -> None:
    """
    The webserver may not be up yet, or refuse.
    """
    said: list[str] = []
    reloader = CodeReloader(database_url, f"http://127.0.0.1:{web.server_port}", said.append)
    change(database_url)
    web.answer = {"__typename": "PythonError"}
    assert not reloader.look()
    web.answer = {"__typename": "WorkspaceLocationEntry"}
    assert reloader.look()
    assert (len(web.asked), len(said)) == (2, 1)


def test_a_database_that_does_not_answer_reloads_nothing(web: Webserver) -> None:
    """
    It is asked again later.
    """
    url = f"http://127.0.0.1:{web.server_port}"
    reloader = CodeReloader("postgresql://nobody@127.0.0.1:1/none", url, print)
    assert not reloader.look()
    assert web.asked == []
