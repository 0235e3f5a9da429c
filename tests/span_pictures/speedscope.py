"""The slow request in speedscope, the viewer itself: served from this machine, no network asked."""

import functools
import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.span_pictures.platform import Shown
from tests.span_pictures.times import AROUND_NS, rfc3339

VERSION = "1.25.0"
SIZE = {"width": 1000, "height": 300}
LOAD_MS_MAX = 60_000
FILE = "shown.speedscope.json"


def profile(shown: Shown) -> bytes:
    """Return the file for the viewer, with the thread of the slow request before all others."""
    begin, end = rfc3339(shown.begin - AROUND_NS), rfc3339(shown.end + AROUND_NS)
    path = f"/api/perfetto/{shown.process_id}?format=speedscope&show=thread"
    exported = json.loads(shown.get(f"{path}&begin={begin}&end={end}"))
    ((thread,),) = shown.lake.query(
        f"SELECT DISTINCT thread_name FROM process_spans('{shown.process_id}', 'thread')"
        " WHERE stream_id = (SELECT thread_stream_id FROM otel_spans"
        f" WHERE trace_id = '{shown.trace_id}' AND kind = 'SERVER')"
    ).rows()
    names = [one["name"] for one in exported["profiles"]]
    return json.dumps(exported | {"activeProfileIndex": names.index(thread)}).encode()


def photograph(browser: Browser, content: bytes, picture: Path, folder: Path) -> None:
    """
    Open a file in the viewer and keep what it shows.

    Args:
        browser: Where it is opened.
        content: The file.
        picture: Where the picture goes.
        folder: Where the viewer is installed, for this time only.
    """
    install = ["npm", "install", "--silent", "--no-save", "--ignore-scripts", "--prefix"]
    subprocess.run([*install, str(folder), f"speedscope@{VERSION}"], check=True)
    site = folder / "node_modules" / "speedscope" / "dist" / "release"
    (site / FILE).write_bytes(content)
    page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    with _served(site) as address:
        page.goto(f"{address}/index.html#profileURL=/{FILE}")
        expect(page.get_by_text("customer-").first).to_be_visible(timeout=LOAD_MS_MAX)
        page.wait_for_timeout(2000)  # what it draws on canvases cannot be asked for
        page.screenshot(path=picture)
    assert not faults, f"the viewer does not read it: {faults}"


@contextmanager
def _served(site: Path) -> Iterator[str]:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
