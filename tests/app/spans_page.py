"""The questions of docs/spans.md, as a reader copies them."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "spans.md"
REQUEST = "One request: its logs, its measures, its profile"


def questions(heading: str = REQUEST, **known: str | None) -> list[str]:
    """Return the SQL of a section of the page, with what is known in its place."""
    section = PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"^```sql\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    for name, value in known.items():
        found = [text.replace(f"<{name}>", str(value)) for text in found]
    return found
