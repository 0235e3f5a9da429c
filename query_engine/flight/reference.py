"""
Makes the tables of docs/flight-sql.md from the catalogs; the prose is written by hand.

``python -m query_engine.flight.reference docs/flight-sql.md`` brings the page up to date; a test
compares. What stands between ``<!-- made: NAME -->`` and ``<!-- end -->`` is replaced.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from query_engine.flight import limits
from query_engine.flight.actions.catalog import ACTIONS
from query_engine.flight.command import Command
from query_engine.flight.commands.catalog import COMMANDS
from query_engine.sql.reference import PART, head, row, sentences


def filled(page: str) -> str:
    """Return *page* with every made part as the code has it now."""
    return PART.sub(
        lambda part: (
            f"<!-- made: {part[1]} -->\n" + "\n".join(PARTS[part[1]]()) + "\n<!-- end -->\n"
        ),
        page,
    )


def commands() -> Iterator[str]:
    """Yield what each command answers."""
    yield from head("message", "calls", "answer")
    for command in COMMANDS:
        yield row(f"`{command.name}`", calls(command), command.doc)


def calls(command: Command) -> str:
    """Return the RPCs that answer a command."""
    ways = {
        "GetFlightInfo, GetSchema": command.schema,
        "DoGet": command.rows,
        "DoPut": command.put,
    }
    return ", ".join(name for name, way in ways.items() if way is not None) or "none"


def actions() -> Iterator[str]:
    """Yield what each action does."""
    yield from head("action", "body", "answer")
    for action in ACTIONS:
        body = f"`{action.request}`" if action.request else ""
        yield row(
            f"`{action.name}`", f"Any of {body}" if body and action.wrapped else body, action.doc
        )


def bounds() -> Iterator[str]:
    """Yield every limit with its sentence."""
    yield from head("limit", "value", "what happens at it")
    for name, sentence in sentences(limits):
        yield row(f"`{name}`", f"{getattr(limits, name):,}", sentence)


PARTS: Mapping[str, Callable[[], Iterator[str]]] = {
    "commands": commands,
    "actions": actions,
    "limits": bounds,
}
"""The made parts, in the order of the page."""


if __name__ == "__main__":
    written = Path(sys.argv[1])
    written.write_text(filled(written.read_text()))
