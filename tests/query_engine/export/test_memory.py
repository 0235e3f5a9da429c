"""Five times the spans take the memory of once, as soon as there are more than windows hold."""

from pathlib import Path

import pytest

from benchmarks.spans.export import exported, write_logs, write_spans
from query_engine.export.scribes.catalog import FORMATS

pytestmark = pytest.mark.slow
WINDOW = 50_000
SPARE_MIB = 60
"""What allocators keep or not; the spans that are more have 100 MB as Chrome writes them."""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two tables of spans: of three windows, and of sixteen."""
    folder = tmp_path_factory.mktemp("spans")
    made = [(folder / "some", 3 * WINDOW), (folder / "more", 16 * WINDOW)]
    for path, count in made:
        write_spans(path, count, WINDOW)
    return [path for path, _ in made]


@pytest.mark.parametrize("form", [form.name for form in FORMATS])
def test_memory_does_not_grow_with_the_spans(tables: list[Path], form: str) -> None:
    """
    Each export in a process of its own, whose peak is told by the system.
    """
    some, more = (exported(path, form, WINDOW) for path in tables)
    assert more["bytes"] > 5 * some["bytes"]
    assert more["peak_mib"] < some["peak_mib"] + SPARE_MIB


def test_memory_does_not_grow_with_the_text_of_logs(tmp_path: Path) -> None:
    """
    Messages of 3,000 characters: 240 MB of them, and twice that.
    """
    for name, count in (("some", 80_000), ("more", 160_000)):
        write_logs(tmp_path / name, count, chars=3_000)
    some, more = (exported(tmp_path / name, "perfetto", WINDOW) for name in ("some", "more"))
    assert more["bytes"] > 1.9 * some["bytes"]
    assert more["peak_mib"] < some["peak_mib"] + SPARE_MIB
