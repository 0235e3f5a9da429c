"""Tables: what fits, what is cut, what is said of the rest."""

import io
from collections.abc import Callable

import pyarrow as pa
import pytest

from limnograph.cli.limits import CELL_WIDTH_MAX, CELL_WIDTH_MIN, ROWS_SHOWN
from limnograph.cli.look import Look
from limnograph.cli.table import fitted, write_table
from limnograph.cli.width import cut, visible, width_of
from tests.sdk.cli.conftest import Terminal


def shown(batches: list[pa.RecordBatch], **look: object) -> tuple[list[str], int]:
    """Return the lines of a table, and the rows that it counted."""
    out = io.StringIO()
    reader = pa.RecordBatchReader.from_batches(batches[0].schema, batches)
    count = write_table(reader, out, Look(**look))
    return out.getvalue().splitlines(), count


def test_width_is_what_a_terminal_shows() -> None:
    """
    East Asian and emoji take two columns, accents of their own none.
    """
    for text, width in (("abc", 3), ("日本", 4), ("e\u0301", 1), ("🚀", 2), ("\u200bx", 1)):
        assert width_of(text) == width
    assert cut("日本語", 5, "…") == "日本…"
    assert cut("日本語", 4, "…") == "日…"
    assert cut("日本語", 6, "…") == "日本語"
    assert cut("abc", 2, "...") == ".."
    assert cut("e\u0301e\u0301", 2, "…") == "e\u0301e\u0301"


def test_nothing_in_a_value_commands_the_terminal() -> None:
    """
    Escape sequences, line ends and characters that turn the line around are shown as escapes.
    """
    said = visible("a\x1b[31mb\r\n\x07\x85\u202e\u2028é\x7f")
    assert said == "a\\x1b[31mb\\r\\n\\x07\\x85\\u202e\\u2028é\\x7f"


@pytest.mark.parametrize(
    ("wanted", "needed", "room", "widths"),
    [
        ([5, 5], [5, 5], None, [5, 5]),
        ([5, 5], [5, 5], 12, [5, 5]),
        ([5, 90], [5, 12], 40, [5, 33]),
        ([60, 90, 10], [12, 12, 10], 60, [23, 23, 10]),
        ([60, 90, 10], [12, 12, 10], 61, [24, 23, 10]),
        ([30, 30, 30, 30], [12, 30, 30, 30], 80, [16, 30, 30]),
        ([30, 30], [30, 30], 20, [20]),
        ([3], [3], 1, [1]),
        ([], [], 10, []),
    ],
)
def test_the_widest_columns_give_way_first(
    wanted: list[int], needed: list[int], room: int | None, widths: list[int]
) -> None:
    """
    Numbers and times are never cut, and what does not fit at all is left out from the end.
    """
    assert fitted(wanted, needed, room) == widths
    if room is not None and len(widths) > 1:
        assert sum(widths) + 2 * (len(widths) - 1) <= room


def test_every_line_fits_and_columns_that_are_left_out_are_named() -> None:
    """
    Whatever the width of the terminal, no line is wrapped by it.
    """
    batch = pa.record_batch(
        {
            "id": pa.array([1, 1_000_000]),
            "wide": pa.array(["日本語" * 30, "x"]),
            **{f"text{n}": pa.array(["y" * 40, None]) for n in range(6)},
        }
    )
    for columns in range(20, 200, 7):
        lines, count = shown([batch], width=columns)
        assert count == 2
        assert max(map(width_of, lines)) <= columns, columns
        if "more columns" in lines[-1]:
            left = 8 - len(lines[1].split())
            assert lines[-1].startswith(f"… and {left} more columns")
    assert shown([batch], width=60)[0][-1].startswith(
        "… and 4 more columns (--format vertical shows all): text"
    )


def test_rows_beyond_the_sample_are_counted_or_written_never_held() -> None:
    """
    In a pipe all rows come, with the widths of the first ones; on a terminal they are counted.
    """
    first = pa.record_batch({"s": ["a"] * (ROWS_SHOWN - 1)})
    second = pa.record_batch({"s": ["b", "a longer one", "c"]})
    lines, count = shown([first, second, second])
    assert count == ROWS_SHOWN + 5
    assert lines[1:3] == ["-", "a"]
    assert lines[-5:] == ["a longer one", "c", "b", "a longer one", "c"]
    lines, count = shown([first, second, second], rows_max=ROWS_SHOWN, width=80)
    assert count == ROWS_SHOWN + 5
    assert lines[-2:] == ["b", "… and 5 more rows (--rows 0 shows all)"]
    lines, count = shown([first, second], rows_max=3)
    assert len(lines) == 6
    assert count == ROWS_SHOWN + 2


def test_a_cell_has_a_bound_in_a_pipe_too() -> None:
    """
    One long text does not make every line long.
    """
    (_, line, cell), _ = shown([pa.record_batch({"s": ["é" * 500]})])
    assert len(line) == CELL_WIDTH_MAX
    assert cell == "é" * (CELL_WIDTH_MAX - 1) + "…"
    (_, line, _), _ = shown([pa.record_batch({"s": ["é" * 500]})], width=CELL_WIDTH_MIN)
    assert len(line) == CELL_WIDTH_MIN


def test_zeros_at_the_end_of_times_are_left_out_on_terminals_only() -> None:
    """
    A column of milliseconds is shown as such; with one finer time all digits stay.
    """
    kind = pa.timestamp("ns", "UTC")
    batch = pa.record_batch({"ms": pa.array([1_000_000, None], kind), "s": pa.array([0, 0], kind)})
    assert shown([batch], width=80)[0][2] == "1970-01-01T00:00:00.001Z  1970-01-01T00:00:00Z"
    assert shown([batch])[0][2].startswith("1970-01-01T00:00:00.001000000Z  1970")
    finer = pa.record_batch({"t": pa.array([1_000_000, 1], kind)})
    assert shown([finer], width=80)[0][2] == "1970-01-01T00:00:00.001000000Z"


def test_a_terminal_that_cannot_show_a_character_gets_its_escape() -> None:
    """
    Widths count what is shown, and the ellipsis is one that it can show.
    """
    lines, _ = shown([pa.record_batch({"s": ["ü" * 50], "t": ["x"]})], width=30, encoding="ascii")
    assert lines[2] == "\\xfc" * 6 + "...  x"
    assert all(line.isascii() and len(line) <= 30 for line in lines)


def test_an_answer_without_rows_or_columns_is_a_table_too() -> None:
    """
    The names of the columns are an answer.
    """
    empty = pa.record_batch({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())})
    assert shown([empty], width=80) == (["a  b", "-  -"], 0)


def test_a_table_fits_the_real_terminal(http_uri: str, terminal: Callable[..., Terminal]) -> None:
    """
    The width is the terminal's, the rows are bounded, and the time goes to stderr.
    """
    sql = "SELECT n, repeat('wörter ', 40) AS text, m FROM many LIMIT 1200"
    code, out, err = terminal("query", sql, "--uri", http_uri, columns=50).end()
    assert code == 0, err
    lines = out.splitlines()
    assert max(map(width_of, lines)) <= 50
    assert lines[0].split() == ["n", "text", "m"]
    assert lines[-1] == "… and 200 more rows (--rows 0 shows all)"
    assert len(lines) == ROWS_SHOWN + 3


def test_parquet_is_kept_from_a_terminal(terminal: Callable[..., Terminal]) -> None:
    """
    Bytes would command the terminal; the message says what to do instead.
    """
    code, out, err = terminal("query", "SELECT 1", "--format", "parquet").end()
    assert (code, out) == (2, "")
    assert "add --output FILE" in err
