"""docs/cli.md says everything that the command can do, and its examples work."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from limnograph.cli.catalog import COMMANDS
from limnograph.cli.main import parser
from limnograph.cli.reference import page

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "cli.md").read_text()


def parsers(found: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and those of its commands."""
    yield found
    for action in found._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                yield from parsers(sub)


ALL = list(parsers(parser()))


def test_the_page_is_current() -> None:
    """
    The page is what the commands say; `python -m limnograph.cli.reference > docs/cli.md` renews it.
    """
    assert page() == PAGE


@pytest.mark.parametrize("found", ALL[1:], ids=[found.prog for found in ALL[1:]])
def test_every_command_and_option_stands_on_the_page(found: argparse.ArgumentParser) -> None:
    """
    Each has a heading, and each of its options a line there that says what it does.
    """
    assert f"# {found.prog}\n" in PAGE
    section = PAGE.split(f"# {found.prog}\n", 1)[1].split("\n## ", 1)[0]
    for action in found._actions:
        if action.dest in {"help", "action"}:
            continue
        assert action.help, (found.prog, action.dest)
        assert action.help.replace("|", "\\|") in PAGE, (found.prog, action.dest)
        assert all(f"`{option}" in section or f", {option}" in section
                   for option in action.option_strings)  # fmt: skip


def test_every_command_has_examples_in_its_help() -> None:
    """
    --help shows how it is used, and what the exit codes mean.
    """
    for command in COMMANDS:
        assert command.examples, command.name
        sub = next(found for found in ALL if found.prog == f"limno {command.name}")
        text = sub.format_help()
        assert all(example in text for example in command.examples)
        assert "exit codes:" in text
