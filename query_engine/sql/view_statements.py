"""
CREATE and DROP MATERIALIZED VIEW, read word by word.

``CREATE [OR REPLACE] MATERIALIZED VIEW [IF NOT EXISTS] name [WITH (option = value)] AS SELECT``
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot.tokenizer_core import Token, TokenType

from query_engine.sql.dialect import QUERY_STARTS
from query_engine.sql.errors import SqlError, SyntaxProblem, Unsupported
from query_engine.sql.positions import Source
from query_engine.sql.schemas import CATALOG_NAME

_WHOLE = "CREATE [OR REPLACE] MATERIALIZED VIEW name [WITH (merge = 'auto', ...)] AS SELECT ..."
_PUBLIC = "public"
_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Option:
    """The value of an option, and where it stands."""

    value: object
    offset: int


@dataclass(frozen=True, slots=True)
class CreateView:
    """
    ``CREATE MATERIALIZED VIEW``.

    Attributes:
        sql: The text of its SELECT, which begins at ``sql_offset``.
        replaces: OR REPLACE.
        quietly: IF NOT EXISTS.
    """

    name: str
    name_offset: int
    options: Mapping[str, Option]
    sql: str
    sql_offset: int
    replaces: bool
    quietly: bool


@dataclass(frozen=True, slots=True)
class DropView:
    """``DROP MATERIALIZED VIEW``; *quietly*: IF EXISTS."""

    name: str
    name_offset: int
    quietly: bool


ViewStatement = CreateView | DropView


@dataclass(slots=True)
class _Reader:
    """Reads words from left to right."""

    source: Source
    tokens: Sequence[Token]
    at: int = field(default=1)

    @property
    def token(self) -> Token | None:
        """The next word, None at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def has(self, *words: str) -> bool:
        """Pass over these words if they come next."""
        upcoming = self.tokens[self.at : self.at + len(words)]
        if [token.text.upper() for token in upcoming] != list(words):
            return False
        self.at += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Pass over these words; raises if others come next."""
        if not self.has(*words):
            raise self.problem(f"{' '.join(words)} is expected")

    def problem(self, message: str) -> SqlError:
        """Return the error at the next word."""
        token = self.token or self.tokens[-1]
        where = "after" if self.token is None else "before"
        text = f"{message} {where} {token.text[:40]}"
        return self.source.place(SyntaxProblem(text, hint=f"write {_WHOLE}"), token.start)

    def name(self, what: str) -> tuple[str, int]:
        """Read a name; one without quotes is in lower case."""
        token = self.token
        quoted = token is not None and token.token_type == TokenType.IDENTIFIER
        if token is None or not (quoted or _WORD.fullmatch(token.text)):
            raise self.problem(f"{what} is expected")
        self.at += 1
        return (token.text if quoted else token.text.lower()), token.start

    def view_name(self) -> tuple[str, int]:
        """Read ``[[catalog.]schema.]name``."""
        parts = [self.name("the name of a view")]
        while self.has("."):
            parts.append(self.name("the name of a view"))
        place = [name for name, _ in parts[:-1]]
        if place and place[-2:] not in ([_PUBLIC], [CATALOG_NAME, _PUBLIC]):
            text = f"views are in {CATALOG_NAME}.{_PUBLIC}, not in {'.'.join(place)}"
            raise self.source.place(SqlError(text), parts[0][1])
        return parts[-1]

    def value(self) -> Option:
        """Read the value of an option: a text, a number, or a list of texts."""
        token = self.token
        if token is None:
            raise self.problem("a value is expected")
        self.at += 1
        if token.token_type in {TokenType.STRING, TokenType.NUMBER, TokenType.HEREDOC_STRING}:
            return Option(token.text, token.start)
        if token.text == "[" or (token.text.upper() == "ARRAY" and self.has("[")):
            return Option(self.listed(), token.start)
        self.at -= 1
        raise self.problem("a text in quotes is expected")

    def listed(self) -> list[str]:
        """Read the texts of a list up to its bracket."""
        found: list[str] = []
        while not self.has("]"):
            if found:
                self.expect(",")
            token = self.token
            if token is None or token.token_type != TokenType.STRING:
                raise self.problem("a text in quotes is expected")
            self.at += 1
            found.append(token.text)
        return found


def create_or_drop(source: Source, tokens: Sequence[Token]) -> ViewStatement:
    """
    Read a statement that begins with CREATE or DROP.

    Raises:
        SqlError: It is another one, or wrong; placed.
    """
    reader = _Reader(source, tokens)
    return _create(reader) if tokens[0].text.upper() == "CREATE" else _drop(reader)


def _create(reader: _Reader) -> CreateView:
    replaces = reader.has("OR", "REPLACE")
    _expect_view(reader, "CREATE")
    quietly = reader.has("IF", "NOT", "EXISTS")
    name, where = reader.view_name()
    options: dict[str, Option] = {}
    if reader.has("WITH", "(") or reader.has("OPTIONS", "("):
        options = _options(reader)
    reader.expect("AS")
    first = reader.token
    if first is None or first.token_type not in QUERY_STARTS:
        raise reader.problem("a SELECT is expected")
    sql = reader.source.sql[first.start : reader.tokens[-1].end + 1]
    return CreateView(name, where, options, sql, first.start, replaces, quietly)


def _drop(reader: _Reader) -> DropView:
    _expect_view(reader, "DROP")
    quietly = reader.has("IF", "EXISTS")
    name, where = reader.view_name()
    if reader.token is not None:
        raise reader.problem("nothing is expected")
    return DropView(name, where, quietly)


def _expect_view(reader: _Reader, verb: str) -> None:
    if reader.has("MATERIALIZED", "VIEW"):
        return
    what = reader.token.text.upper() if reader.token else ""
    raise reader.source.place(
        Unsupported(
            f"{verb} {what} is not supported".replace("  ", " "),
            hint=f"{verb} MATERIALIZED VIEW is",
        ),
        (reader.token or reader.tokens[0]).start,
    )


def _options(reader: _Reader) -> dict[str, Option]:
    options: dict[str, Option] = {}
    while True:
        name, where = reader.name("the name of an option")
        if name in options:
            text = f"the option {name} is given twice"
            raise reader.source.place(SqlError(text), where)
        reader.expect("=")
        options[name] = Option(reader.value().value, where)
        if reader.has(")"):
            return options
        reader.expect(",")
