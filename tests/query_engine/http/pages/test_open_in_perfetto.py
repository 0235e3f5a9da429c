"""The page that opens a trace, in a browser, with a page of ours in the place of the viewer."""

import http.server
import subprocess
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from query_engine.http.pages import open_in_perfetto

CHROMIUM = Path(__file__).parents[3] / "orchestration" / "get_chromium.sh"
WAIT_MS = 120_000
PROCESS = "11111111-2222-3333-4444-555555555555"
VIEWER = b"""<!doctype html><body>viewer<script>
window.addEventListener("message", (event) => {
  if (event.data === "PING") { event.source.postMessage("PONG", event.origin); return; }
  window.got = { title: event.data.perfetto.title,
    bytes: Array.from(new Uint8Array(event.data.perfetto.buffer)) };
});
</script></body>"""
TRACE = bytes(range(256)) * 1000


class Site(http.server.BaseHTTPRequestHandler):
    """Our door as far as the page sees it, and the viewer, by path."""

    ui = ""

    def do_GET(self) -> None:
        """Answer."""
        if self.path.startswith("/api/perfetto/"):
            self.answer("application/vnd.perfetto-trace", TRACE)
        elif self.path.startswith("/perfetto/"):
            made = open_in_perfetto.page("Process", f"../api/perfetto/{PROCESS}?show=all", self.ui)
            self.answer("text/html", made.encode(), open_in_perfetto.POLICY)
        else:
            self.answer("text/html", VIEWER)

    def answer(self, kind: str, content: bytes, policy: str = "") -> None:
        """Send an answer."""
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        if policy:
            self.send_header("content-security-policy", policy)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def place(monkeypatch):
    """The origin of the page; its viewer is another origin of the same server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    port = server.server_address[1]
    monkeypatch.setattr(Site, "ui", f"http://localhost:{port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def tab():
    """A tab of a browser."""
    found = subprocess.run(["sh", CHROMIUM], capture_output=True, text=True, check=True)
    if not found.stdout.strip():
        pytest.skip("no chromium here")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=found.stdout.strip(), args=["--no-sandbox"]
        )
        page = running.new_page()
        page.set_default_timeout(WAIT_MS)
        yield page
        running.close()


def shown(viewer: Page) -> Page:
    """Wait until the viewer has a trace; before it has loaded, its tab has our page's policy."""
    viewer.wait_for_url("http://localhost:*/**")
    viewer.wait_for_function("window.got")
    return viewer


@pytest.mark.slow
def test_the_bytes_of_the_trace_are_handed_to_the_viewer(tab: Page, place: str) -> None:
    """
    All of them, once it has said that it listens.
    """
    with tab.expect_popup() as opened:
        tab.goto(f"{place}/perfetto/{PROCESS}")
    viewer = shown(opened.value)
    assert bytes(viewer.evaluate("window.got.bytes")) == TRACE
    assert viewer.evaluate("window.got.title") == "Process"
    tab.get_by_text("the trace is open in the other tab").wait_for()


@pytest.mark.slow
def test_a_blocked_tab_is_told_and_can_be_opened_by_hand(tab: Page, place: str) -> None:
    """
    As most browsers do for pages that nobody clicked at.
    """
    # The browser's own function, kept where the page can be given it back.
    tab.add_init_script("window.real = window.open; window.open = () => null;")
    tab.goto(f"{place}/perfetto/{PROCESS}")
    tab.get_by_text("has blocked").wait_for()
    tab.evaluate("() => { window.open = window.real; }")
    with tab.expect_popup() as opened:
        tab.get_by_role("button", name="Open in Perfetto").click()
    shown(opened.value)


@pytest.mark.slow
def test_a_trace_that_is_too_large_is_told(tab: Page, place: str, monkeypatch) -> None:
    """
    With what to do instead.
    """
    monkeypatch.setattr(open_in_perfetto, "PAGE_TRACE_BYTES_MAX", len(TRACE) - 1)
    tab.goto(f"{place}/perfetto/{PROCESS}")
    tab.get_by_text("too large for a browser").wait_for()


def test_the_page_says_nothing_that_is_not_escaped():
    """
    Whatever stands in an address.
    """
    made = open_in_perfetto.page('"><script>x', "/a?b=<", "https://ui.perfetto.dev")
    assert made.count("<script>") == 1
    assert "&quot;&gt;&lt;script&gt;x" in made


def test_the_door_serves_the_page_under_a_strict_policy(client):
    """
    Nothing from elsewhere runs in it.
    """
    for path in (PROCESS, "trace/" + "0" * 31 + "1"):
        answer = client.get(f"/perfetto/{path}?format=perfetto")
        assert answer.status_code == 200
        assert f"api/perfetto/{path}?format=perfetto" in answer.text
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'sha256-")
        assert "unsafe" not in policy
