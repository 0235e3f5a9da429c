"""What the SDK says on stderr: one line each, never an exception, repeated lines only once."""

import sys


def say(text: str) -> None:
    """Write one line for the program's owner; nothing where there is no stderr."""
    try:
        if sys.stderr is not None:
            sys.stderr.write(f"limnograph: {text}\n")
    except (OSError, ValueError):  # closed, or a pipe that nobody reads
        return


class Notices:
    """Says each thing once."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def once(self, what: str, text: str) -> None:
        """Say *text* unless something was said about *what*."""
        if what not in self._said:
            self._said.add(what)
            say(text)
