"""The text of a JSON path, read from left to right."""

import json
import re
from dataclasses import dataclass, field

_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"\d+(\.\d+)?([eE][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d+")
_NAME = re.compile(r"""[^\s,.:{}\[\]()?@$|<>!=+\-*/%"'&]+""")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


class InvalidPath(Exception):
    """A text is no JSON path; says where."""


@dataclass(slots=True)
class Scanner:
    """A text and how far it is read; what is asked for is read past spaces, or not at all."""

    text: str
    at: int = field(default=0)

    def skip(self) -> None:
        """Read past spaces."""
        found = _SPACE.match(self.text, self.at)
        assert found is not None, "no space is a match too"
        self.at = found.end()

    @property
    def ended(self) -> bool:
        """Whether only spaces are left."""
        self.skip()
        return self.at == len(self.text)

    def take(self, *words: str) -> str | None:
        """Read the first of *words* that stands here; None if none does."""
        self.skip()
        for word in words:
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return word
        return None

    def keyword(self, *words: str) -> bool:
        """Read words that have to stand here whole, in any capitals, with spaces between."""
        start = self.at
        for word in words:
            name = self.name()
            if name is None or name.lower() != word:
                self.at = start
                return False
        return True

    def expect(self, word: str) -> None:
        """Read *word*, or raise InvalidPath."""
        if self.take(word) is None:
            raise self.problem(f"{word} is missing")

    def name(self) -> str | None:
        """Read a name without quotes; None if there is none."""
        return self._match(_NAME)

    def quoted(self) -> str | None:
        """Read a text in double quotes; None if there is none."""
        start = self.at
        written = self._match(_QUOTED)
        if written is None:
            return None
        try:
            return str(json.loads(written, strict=False))
        except ValueError:
            self.at = start
            raise self.problem("a text with a wrong escape") from None

    def number(self) -> int | float | None:
        """Read a number without sign; None if there is none."""
        written = self._match(_NUMBER)
        if written is None:
            return None
        return int(written) if written.isdigit() and int(written) < 2**64 else float(written)

    def integer(self) -> int | None:
        """Read a whole number with or without sign; None if there is none."""
        written = self._match(_INTEGER)
        return None if written is None else int(written)

    def problem(self, message: str) -> InvalidPath:
        """Return the error for what stands here."""
        return InvalidPath(f"no JSON path: {message} at character {self.at + 1}")

    def _match(self, pattern: re.Pattern[str]) -> str | None:
        self.skip()
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found.group()
