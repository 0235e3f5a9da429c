"""The page about the protocol, compared with the catalogs."""

import re
from pathlib import Path

from query_engine.flight.actions.catalog import ACTIONS
from query_engine.flight.commands.catalog import COMMANDS
from query_engine.flight.reference import PARTS, filled

PAGE = (Path(__file__).parents[3] / "docs" / "flight-sql.md").read_text()


def test_the_page_is_up_to_date():
    """
    Run `python -m query_engine.flight.reference docs/flight-sql.md` after a change of a catalog.
    """
    assert filled(PAGE) == PAGE


def test_every_made_part_stands_in_the_page():
    """
    Nothing that the code knows about is left out.
    """
    assert re.findall(r"<!-- made: (\w+) -->", PAGE) == list(PARTS)


def test_what_is_in_the_catalogs_has_one_name_and_a_sentence():
    """
    What cannot be asked for says what to do instead, or at least that it is refused.
    """
    for catalog in (COMMANDS, ACTIONS):
        names = [entry.name for entry in catalog]
        assert len(set(names)) == len(names)
        assert all(entry.doc.endswith(".") for entry in catalog)
    for command in COMMANDS:
        assert command.rows or command.put or command.refusal
