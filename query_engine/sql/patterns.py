"""LIKE and regular expressions: patterns are constants, checked before the query runs."""

import re

import polars as pl

from query_engine.functions.function import Argument
from query_engine.functions.text.patterns import pattern_problem
from query_engine.sql.coercion import Maker
from query_engine.sql.errors import SqlError
from query_engine.sql.scalars import Literal, Scalar
from query_engine.sql.types import BOOLEAN, TEXT, is_null, is_text, shown


def text_operand(make: Maker, value: Scalar, what: str) -> Scalar:
    """Return *value* as text; only text and NULL are."""
    if not is_text(value.dtype) and not is_null(value.dtype):
        raise make.problem(
            f"{what} takes text, not {shown(value.dtype)}",
            value.pos,
            hint="convert with CAST(x AS TEXT)",
        )
    return make.cast(value, TEXT)


def constant_pattern(make: Maker, pattern: Scalar, what: str) -> str | None:
    """Return the pattern's text; None for NULL."""
    pattern = text_operand(make, pattern, what)
    if not isinstance(pattern, Literal):
        raise make.source.unsupported(
            f"the pattern of {what} has to be a constant",
            pattern.pos,
            hint="strpos(text, part) > 0 finds a part given by a column",
        )
    assert pattern.value is None or isinstance(pattern.value, str), "cast to text"
    return pattern.value


def like(
    make: Maker, value: Scalar, pattern: Scalar, pos: int, *, escape: str, fold: bool
) -> Scalar:
    """Return ``value LIKE pattern``; *fold* ignores case."""
    name = "ILIKE" if fold else "LIKE"
    value, text = text_operand(make, value, name), constant_pattern(make, pattern, name)
    if len(escape) > 1:
        raise make.problem("ESCAPE takes one character", pos)
    if text is None:
        return Literal(None, BOOLEAN, pos)
    parts = like_parts(text, escape)
    if parts is None:
        raise like_escape_problem(make, pattern)
    inner = [part for part in parts if part != "%"]
    plain = not fold and "_" not in parts and len(inner) <= 1

    def build(operand: Argument) -> pl.Expr:
        expr = operand.expr
        if not plain:
            return expr.str.contains(like_regexp(parts, fold=fold))
        word = inner[0][1:] if inner else ""
        opens, closes = parts[:1] == ["%"], parts[-1:] == ["%"]
        if opens and closes:
            return expr.str.contains(word, literal=True)
        if opens:
            return expr.str.ends_with(word)
        return expr.str.starts_with(word) if closes else expr == word

    return make.call(f"{name} {text!r} {escape!r}", [value], BOOLEAN, build, pos)


def like_escape_problem(make: Maker, pattern: Scalar) -> SqlError:
    """Return the error for a pattern that ends in its escape character."""
    return make.problem("the pattern ends with its escape character", pattern.pos)


def like_parts(pattern: str, escape: str) -> list[str] | None:
    """Cut a LIKE pattern: ``%``, ``_``, and ``=text``; None when it ends in the escape."""
    parts: list[str] = []
    index = 0
    while index < len(pattern):
        letter = pattern[index]
        if escape and letter == escape:
            index += 1
            if index == len(pattern):
                return None
            add_text(parts, pattern[index])
        elif letter in "%_":
            if not (letter == "%" and parts and parts[-1] == "%"):
                parts.append(letter)
        else:
            add_text(parts, letter)
        index += 1
    return parts


def add_text(parts: list[str], letter: str) -> None:
    """Add one literal character to the parts of a LIKE pattern."""
    if parts and parts[-1].startswith("="):
        parts[-1] += letter
    else:
        parts.append("=" + letter)


def like_regexp(parts: list[str], *, fold: bool) -> str:
    """Return the regular expression of a LIKE pattern's parts."""
    pieces = {"%": ".*", "_": "."}
    body = "".join(pieces.get(part) or escaped(part[1:]) for part in parts)
    return f"(?s{'i' if fold else ''})^(?:{body})$"


def escaped(text: str) -> str:
    """Return the regular expression that matches *text* itself."""
    return re.sub(r"([\\.+*?()|\[\]{}^$#&~-])", r"\\\1", text)


def regexp(make: Maker, value: Scalar, pattern: Scalar, pos: int, *, fold: bool) -> Scalar:
    """Return ``value ~ pattern``: whether the pattern occurs anywhere in the text."""
    value, text = text_operand(make, value, "~"), constant_pattern(make, pattern, "~")
    if text is None:
        return Literal(None, BOOLEAN, pos)
    text = f"(?i){text}" if fold else text
    problem = pattern_problem(text)
    if problem is not None:
        raise make.problem(f"the regular expression is wrong: {problem}", pattern.pos)
    return make.call(f"~ {text!r}", [value], BOOLEAN, lambda a: a.expr.str.contains(text), pos)
