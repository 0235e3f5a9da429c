"""What a command of ``limno`` is: a value that the parser and the reference page are made from."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """
    One command.

    Attributes:
        name: What is typed.
        summary: Its line in ``limno --help``.
        doc: What ``limno NAME --help`` says above the options.
        examples: Command lines, shown by ``--help``.
        notes: Further sections of ``--help``.
        arguments: Adds its arguments to the parser.
        run: Does it; returns the exit code.
    """

    name: str
    summary: str
    doc: str
    examples: tuple[str, ...]
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
    notes: str = ""
