"""
Plays the operator's story and keeps its pictures: `python -m tests.orchestration.screenshots DIR`.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from stack.postgres import EmbeddedPostgres
from tests.orchestration.browser_story import play
from tests.orchestration.operator_browser import browser
from tests.orchestration.operator_lake import begun_story


def main() -> None:
    """Make the pictures anew in the folder that is given."""
    pictures = Path(sys.argv[1])
    pictures.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("there is no Chromium: see tests/orchestration/get_chromium.sh")
    root = Path(tempfile.mkdtemp(prefix="limnograph-story-"))
    root.chmod(0o711)  # Postgres runs as another account when this runs as root
    try:
        with (
            EmbeddedPostgres(root / "postgres", durable=False) as server,
            begun_story(server, root) as story,
            browser(chromium, story.dagster.url, pictures) as ui,
        ):
            play(story, ui)
    finally:
        shutil.rmtree(root)
    for picture in sorted(pictures.glob("*.png")):
        print(f"{picture}: {picture.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
