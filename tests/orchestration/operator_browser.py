"""
The Dagster UI in a browser: what a person clicks, waits for and sees there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright

SIZE = {"width": 1280, "height": 800}
WAIT_MS = 600_000
"""For what a run or the daemon must do first; what is on a page already takes no such time."""

MENU_TRIES = 60
"""How often a menu is opened, two seconds apart, until what it offers can be chosen."""


@contextmanager
def browser(
    chromium: str, url: str, pictures: Path, *, settle_ms: int = 4000
) -> Iterator["Browser"]:
    """
    Open the UI in a browser without a window.

    Before a picture it waits *settle_ms*: what slides in has to stand still, and icons come late.
    """
    with sync_playwright() as playwright:
        # Chromium's own sandbox needs more than root in a container has; only our UI is opened.
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = running.new_page(viewport=SIZE, timezone_id="UTC", locale="en-GB")  # type: ignore[arg-type]
        page.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)
        try:
            yield Browser(page, url, pictures, settle_ms)
        except BaseException:
            page.screenshot(path=pictures / "where_it_stopped.png")
            raise
        finally:
            running.close()


@dataclass
class Browser:
    """The UI in a browser, at some page."""

    page: Page
    url: str
    pictures: Path
    settle_ms: int

    def open(self, path: str) -> None:
        """Open a page of the UI."""
        self.page.goto(self.url + path)

    def path(self) -> str:
        """Return which page of the UI is open."""
        return self.page.url.removeprefix(self.url).partition("?")[0]

    def see(self, text: str) -> Locator:
        """Wait until a text is on the page."""
        found = self.page.get_by_text(text).first
        found.wait_for()
        return found

    def press(self, name: str) -> None:
        """Press the button of this name, once it can be."""
        self.page.get_by_role("button", name=name).first.click()

    def choose(self, name: str, *, menu: Locator) -> None:
        """Open a menu and choose from it, as soon as that can be chosen."""
        item = self.page.get_by_role("menuitem", name=name)
        for _ in range(MENU_TRIES):
            menu.click()
            item.wait_for()
            if item.is_enabled():
                item.click()
                return
            self.page.keyboard.press("Escape")
            self.page.wait_for_timeout(2000)
        raise AssertionError(f"{name} never became possible")

    def write(self, job: str, config: str) -> None:
        """Write a config into a job's launchpad."""
        self.open(f"/locations/limnograph/jobs/{job}/playground")
        editor = self.page.locator(".CodeMirror").first
        editor.click()
        self.see("No errors")
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(config)

    def picture(self, name: str) -> None:
        """Keep what is to be seen now."""
        self.page.wait_for_timeout(self.settle_ms)
        self.page.screenshot(path=self.pictures / f"{name}.png")
