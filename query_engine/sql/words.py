"""
Words that the parser lets pass where they say nothing: refused before it sees them.

It takes ``SELECT AS a``, ``ORDER BY a ASC DESC`` or ``CROSS JOIN t ON, u`` for what they would be
without the word. A test puts every word of the language everywhere and looks for such places.
"""

from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType

from query_engine.sql.errors import SqlError, SyntaxProblem
from query_engine.sql.positions import Source

END = ""
"""Stands for what comes before the first and after the last word."""

CLOSING = frozenset({")", "]", "}", ",", END})
OPENING = frozenset(
    {"SELECT", "DISTINCT", "ALL", "(", "[", "{", ",", "*", "FROM", "WHERE", "HAVING", "WITH", "AS"}
    | {"RECURSIVE", "UNION", "INTERSECT", "EXCEPT", "AND", "OR", "NOT", "ON", "CASE", "WHEN"}
    | {"THEN", "ELSE", "IN", "LIKE", "BETWEEN", "LIMIT", "VALUES", "GROUP BY", "ORDER BY", "OVER"}
    | {"PARTITION BY", "QUALIFY", "JOIN", "FILTER", "WITHIN GROUP", "EXISTS", "WINDOW", END}
)
"""What AS cannot follow: there is nothing before it that it could name."""

JOINS = frozenset({"JOIN", "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "SEMI", "ANTI"})
STARRED = frozenset({"EXCLUDE", "EXCEPT", "REPLACE", "RENAME"})

NEVER_TOGETHER = frozenset(
    {
        ("FROM", "FROM"),
        ("FROM", "FOR"),
        ("FOR", "FROM"),
        ("FOR", "FOR"),
        ("BETWEEN", "BETWEEN"),
        ("AND", "BETWEEN"),
        ("ASC", "DESC"),
        ("DESC", "ASC"),
        ("ASC", "ASC"),
        ("DESC", "DESC"),
        ("SEARCH", "SELECT"),
        ("AS", "SELECT"),
        ("PARTITION BY", "ORDER BY"),
        ("PARTITION BY", "ROWS"),
        ("PARTITION BY", "RANGE"),
    }
)
RESERVED = frozenset({"CONSTRAINT", "PARTITIONED BY", "PARTITIONED_BY"})
"""Words of other statements; as names they are quoted."""

WANTING = frozenset({"AS", "ON", "COLLATE", "DEFAULT", "PARTITION BY"})
"""Words that nothing can end with."""


def refuse_misplaced_words(tokens: Sequence[Token], source: Source) -> None:
    """
    Look at each word with its neighbours.

    Raises:
        SyntaxProblem: A word says nothing where it stands.
    """
    words = [END, END, *(word_of(token) for token in tokens), END]
    for index, token in enumerate(tokens, 2):
        first, before, word, after = words[index - 2 : index + 2]
        if before == ".":
            continue
        if word in WANTING and after in CLOSING:
            message = f'syntax error at "{token.text}": something is missing after it'
            raise source.place(SyntaxProblem(message), token.start)
        if misplaced(before, word, after) or ((word, after) == ("FORMAT", ")") and first == "AS"):
            raise problem(source, token, word)
        is_star = before == "*" and (first in OPENING or first == ".")
        if word in STARRED and is_star and after in {*CLOSING, "FROM"}:
            raise problem(source, token, word)


def word_of(token: Token) -> str:
    """Return a word in capitals; names in quotes and texts are none."""
    if token.token_type in {TokenType.IDENTIFIER, TokenType.STRING}:
        return "'"
    return token.text.upper()


def misplaced(before: str, word: str, after: str) -> bool:
    """Tell whether *word* says nothing between its neighbours."""
    if word in RESERVED or (word, after) in NEVER_TOGETHER:
        return True
    if word == "AS":
        return before in OPENING
    if word in {"NATURAL", "ASOF"}:
        return before not in OPENING and after not in JOINS
    if word in STARRED:
        return before == ")" and after in CLOSING
    return word == "ONLY" and before not in {"ROW", "ROWS"}


def problem(source: Source, token: Token, word: str) -> SqlError:
    """Return the error for a word that says nothing."""
    return source.place(SyntaxProblem(f"{word} says nothing here"), token.start)
