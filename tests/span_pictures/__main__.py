"""
Makes the pictures of docs/spans.md anew: `python -m tests.span_pictures DIR`.

Everything in them is answers to questions about the demo shops, which run for it.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.span_pictures import speedscope
from tests.span_pictures.pictures import PICTURES
from tests.span_pictures.platform import with_both_shops


def main() -> None:
    """Make the pictures in the folder that is given."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("there is no Chromium: see tests/orchestration/get_chromium.sh")
    with with_both_shops() as shown:
        drawings = {name: draw(shown) for name, draw in PICTURES.items()}
        profile = speedscope.profile(shown)
    with sync_playwright() as playwright:
        # Chromium's own sandbox needs more than root in a container has; only our SVG is opened.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        for name, markup in drawings.items():
            page.set_content(f'<body style="margin:0">{markup}</body>')
            picture = folder / f"{name}.png"
            page.locator("svg").screenshot(path=picture)
        if shutil.which("npm"):
            with tempfile.TemporaryDirectory() as installed:
                speedscope.photograph(browser, profile, folder / "speedscope.png", Path(installed))
        browser.close()
    for picture in sorted(folder.glob("*.png")):
        print(f"{picture}: {picture.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
