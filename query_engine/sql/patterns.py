"""LIKE, SIMILAR TO and regular expressions; constant patterns are checked before the query runs."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl
from sqlglot import exp

from query_engine.functions.function import Argument
from query_engine.functions.text.patterns import pattern_problem
from query_engine.sql.coercion import Maker
from query_engine.sql.positions import offset_of
from query_engine.sql.scalars import Literal, Scalar
from query_engine.sql.types import BOOLEAN, TEXT, is_null, is_text, shown

if TYPE_CHECKING:
    from query_engine.sql.expressions import Context, Expressions


def text_operand(make: Maker, value: Scalar, what: str) -> Scalar:
    """Return *value* as text; only text and NULL are."""
    if not is_text(value.dtype) and not is_null(value.dtype):
        raise make.problem(
            f"{what} takes text, not {shown(value.dtype)}",
            value.pos,
            hint="convert with CAST(x AS TEXT)",
        )
    return make.cast(value, TEXT)


def like(
    make: Maker, value: Scalar, pattern: Scalar, pos: int, *, escape: str, fold: bool
) -> Scalar:
    """Return ``value LIKE pattern``; *fold* ignores case."""
    name = "ILIKE" if fold else "LIKE"
    value, pattern = text_operand(make, value, name), text_operand(make, pattern, name)
    if len(escape) > 1:
        raise make.problem("ESCAPE takes one character", pos)
    label = f"{name} {escape!r}"
    if not isinstance(pattern, Literal):
        return matched(make, label, value, pattern, partial(like_text, escape=escape, fold=fold))
    if pattern.value is None:
        return Literal(None, BOOLEAN, pos)
    parts = like_parts(str(pattern.value), escape)
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

    return make.call(f"{label} {pattern.value!r}", [value], BOOLEAN, build, pos)


def matched(
    make: Maker, label: str, value: Scalar, pattern: Scalar, written: Callable[[str], str]
) -> Scalar:
    """Return whether *value* matches a pattern of a column; *written* makes it an expression."""

    def build(operand: Argument, given: Argument, *, strict: bool = True) -> pl.Expr:
        patterns = given.expr.map_batches(
            Rewritten(written), return_dtype=pl.String(), is_elementwise=True
        )
        return operand.expr.str.contains(patterns, strict=strict)

    quiet = partial(build, strict=False)
    return make.call(label, [value, pattern], BOOLEAN, build, value.pos, quiet=quiet)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Patterns of a column as regular expressions: each different one is read once."""

    written: Callable[[str], str]

    def __call__(self, patterns: pl.Series) -> pl.Series:
        """Return the regular expression of every pattern."""
        known = patterns.unique().drop_nulls().to_list()
        return (
            patterns.replace_strict(
                known, [self.written(text) for text in known], return_dtype=pl.String()
            )
            if known
            else patterns.cast(pl.String)
        )


def like_text(pattern: str, *, escape: str, fold: bool) -> str:
    """Return the regular expression of a LIKE pattern."""
    return like_regexp(like_parts(pattern, escape), fold=fold)


def like_parts(pattern: str, escape: str) -> list[str]:
    """Cut a LIKE pattern: ``%``, ``_``, and ``=text``; an escape at its end stands for itself."""
    parts: list[str] = []
    index = 0
    while index < len(pattern):
        letter = pattern[index]
        if escape and letter == escape:
            index = min(index + 1, len(pattern) - 1)
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
    value, pattern = text_operand(make, value, "~"), text_operand(make, pattern, "~")
    if not isinstance(pattern, Literal):
        return matched(make, "~*" if fold else "~", value, pattern, folding if fold else str)
    if pattern.value is None:
        return Literal(None, BOOLEAN, pos)
    text = folding(str(pattern.value)) if fold else str(pattern.value)
    problem = pattern_problem(text)
    if problem is not None:
        raise make.problem(f"the regular expression is wrong: {problem}", pattern.pos)
    return make.call(f"~ {text!r}", [value], BOOLEAN, lambda a: a.expr.str.contains(text), pos)


def folding(pattern: str) -> str:
    """Return the expression that ignores case."""
    return f"(?i){pattern}"


def similar(make: Maker, value: Scalar, pattern: Scalar, pos: int, escape: str) -> Scalar:
    """Return ``value SIMILAR TO pattern``, the standard's: of the whole text."""
    value, pattern = text_operand(make, value, "~"), text_operand(make, pattern, "~")
    written = partial(similar_text, escape=escape)
    if not isinstance(pattern, Literal):
        return matched(make, f"similar {escape!r}", value, pattern, written)
    known = (
        pattern if pattern.value is None else replace(pattern, value=written(str(pattern.value)))
    )
    return regexp(make, value, known, pos, fold=False)


def similar_text(pattern: str, *, escape: str) -> str:
    """Return the regular expression of a SIMILAR TO pattern."""
    pieces, letters, inside = [], iter(pattern), False
    for letter in letters:
        if letter == escape:
            pieces.append(escaped(next(letters, escape)))
        elif inside or letter in "|*+?{}()[],0123456789":
            inside = letter == "[" or (inside and letter != "]")
            pieces.append("\\\\" if letter == "\\" else letter)
        else:
            pieces.append({"%": ".*", "_": "."}.get(letter) or escaped(letter))
    return f"(?s)^(?:{''.join(pieces)})$"


def bind_like(self: "Expressions", node: exp.Expr, context: "Context") -> Scalar:
    """Bind ``[NOT] [I]LIKE pattern [ESCAPE c]`` and ``SIMILAR TO pattern ESCAPE c``."""
    escape = "\\"
    match: exp.Expr = node
    if isinstance(node, exp.Escape):
        match, given = node.this, node.expression
        kinds = exp.Like | exp.ILike | exp.SimilarTo
        if not isinstance(match, kinds) or not isinstance(given, exp.Literal):
            raise self.make.source.unsupported("ESCAPE takes one constant character", node)
        escape = str(given.this)
    value, pattern = self.bind_all([match.this, match.expression], context)
    pos = offset_of(node)
    if isinstance(match, exp.SimilarTo):
        return similar(self.make, value, pattern, pos, escape)
    fold = isinstance(match, exp.ILike)
    answer = like(self.make, value, pattern, pos, escape=escape, fold=fold)
    negate = match.args.get("negate")
    return self.operators.negate(answer, answer.pos) if negate else answer


def bind_similar(self: "Expressions", node: exp.SimilarTo, context: "Context") -> Scalar:
    """Bind ``SIMILAR TO pattern``."""
    return bind_like(self, node, context)


def bind_regexp(
    self: "Expressions", node: exp.RegexpLike | exp.RegexpILike, context: "Context"
) -> Scalar:
    """Bind the operators ``~`` and ``~*``."""
    value, pattern = self.bind_all([node.this, node.expression], context)
    fold = isinstance(node, exp.RegexpILike)
    return regexp(self.make, value, pattern, offset_of(node), fold=fold)
