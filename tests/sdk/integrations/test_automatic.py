"""A program's libraries are instrumented when it imports them, and no sooner."""

import subprocess
import sys

from tests.sdk.peer import Peer

PROGRAM = """
import importlib.resources
import logging
import sys

import limnograph
from limnograph.integrations import automatic

import requests as early

sends = early.Session.send
meta_path = list(sys.meta_path)
limnograph.init("shop", sys.argv[1])
automatic.instrument()
automatic.instrument()
assert "httpx" not in sys.modules and "flask" not in sys.modules
import flask, httpx, loguru, starlette.applications

assert type(httpx.__loader__) is type(early.__loader__), httpx.__loader__
assert httpx.__spec__.loader is httpx.__loader__
assert importlib.resources.files("httpx").joinpath("py.typed").is_file()
import httpx as again

assert again is httpx
logging.getLogger("root.log").warning("by logging")
loguru.logger.remove(0)
loguru.logger.info("by loguru")
app = flask.Flask("app")
app.add_url_rule("/hello", view_func=lambda: "hello")
client = httpx.Client(transport=httpx.WSGITransport(app), base_url="http://in")
assert client.get("/hello").text == "hello"
automatic.uninstrument()
automatic.uninstrument()
assert sys.meta_path == meta_path
assert early.Session.send is sends
assert client.get("/hello").text == "hello"
logging.getLogger("root.log").warning("not recorded")
import importlib.util

assert importlib.util.find_spec("no_such_module") is None
"""


def test_libraries_are_instrumented_when_they_are_imported(peer: Peer) -> None:
    """
    Those imported before, those imported later, and all of them come back as they were.
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, peer.uri],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "by logging\nnot recorded\n")
    names = sorted(row["name"] for row in peer.rows("trace"))
    assert names == ["GET", "GET /hello"]
    assert sorted(row["msg"] for row in peer.rows("log")) == ["by logging", "by loguru"]
