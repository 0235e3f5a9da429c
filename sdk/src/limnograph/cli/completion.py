"""Answers to TAB, in the process that the shell starts for it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import Any


def complete(parser: ArgumentParser) -> None:
    """Answer what the shell asks, and end; returns only if it asked nothing."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(parser, always_complete_options="long")


def profile_names(prefix: str, parsed_args: Namespace, **_: Any) -> Sequence[str]:
    """Return the profiles that begin so."""
    from limnograph.client import profiles

    del parsed_args
    try:
        return [name for name in profiles.read_file().profiles if name.startswith(prefix)]
    except profiles.ProfileError:
        return []
