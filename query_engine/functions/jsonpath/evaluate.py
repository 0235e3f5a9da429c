"""
Finds what a JSON path selects of a value.

Rules of the dialect: only objects have members and only arrays have places, anything else selects
nothing, without an error; a comparison holds if any pair of values holds, the elements of an array
counting one by one; objects and arrays compare with nothing.
"""

import math
import operator
from collections.abc import Callable, Iterator, Mapping

from query_engine.functions.function import BadValue
from query_engine.functions.json.documents import Json
from query_engine.functions.jsonpath.limits import ITEMS_MAX
from query_engine.functions.jsonpath.nodes import (
    AllElements,
    AllMembers,
    Arithmetic,
    Both,
    Comparison,
    Condition,
    Constant,
    Descend,
    Elements,
    Exists,
    Expression,
    Matches,
    Member,
    Not,
    Operand,
    Path,
    Signed,
    Step,
    Where,
)

Number = int | float
Scalar = bool | int | float | str | None

COMPARE: Mapping[str, Callable[[int], bool]] = {
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def remainder(left: Number, right: Number) -> Number:
    """Return the remainder, with the sign of *left*."""
    if isinstance(left, float) or isinstance(right, float):
        return math.fmod(left, right)
    return abs(left) % abs(right) * (-1 if left < 0 else 1)


ARITHMETIC: Mapping[str, Callable[[Number, Number], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": remainder,
}


class NoNumber(Exception):
    """A computation met what is no number, or has no result."""


def select(path: Expression, document: Json) -> list[Json]:
    """
    Return what *path* selects, in its order; of a condition its one answer, null if unknown.

    Raises:
        BadValue: A computation over the document has no result, or too much is selected.
    """
    selection = Selection(document)
    if isinstance(path, Path):
        return selection.path(path, document)
    try:
        if isinstance(path, Constant | Arithmetic | Signed):
            return list(selection.numbers(path, document))
    except NoNumber:
        raise BadValue("a JSON path computes with what is no single number") from None
    return [selection.holds(path, document)]


class Selection:
    """The evaluation of a path over one document."""

    def __init__(self, document: Json) -> None:
        self.document = document

    def path(self, path: Path, current: Json) -> list[Json]:
        """Return what a path selects, seen from *current*."""
        items = [current if path.current else self.document]
        for step in path.steps:
            found: list[Json] = []
            for item in items:
                found.extend(self.step(step, item))
                if len(found) > ITEMS_MAX:
                    raise BadValue(f"a JSON path selects more than {ITEMS_MAX} values")
            items = found
        return items

    def step(self, step: Step, item: Json) -> Iterator[Json]:
        """Yield where one step leads from *item*."""
        if isinstance(step, Where):
            if self.holds(step.condition, item):
                yield item
        elif isinstance(step, Member):
            if isinstance(item, dict) and step.name in item:
                yield item[step.name]
        elif isinstance(step, AllMembers):
            if isinstance(item, dict):
                yield from item.values()
        elif isinstance(step, AllElements):
            yield from item if isinstance(item, list) else (item,)
        elif isinstance(step, Elements):
            if isinstance(item, list):
                yield from places(step, item)
        else:
            yield from inside(item, step, 0)

    def holds(self, condition: Condition, current: Json) -> bool | None:
        """Return whether a condition is true of *current*; None is unknown."""
        if isinstance(condition, Exists):
            return bool(self.path(condition.path, current))
        if isinstance(condition, Not):
            inner = self.holds(condition.condition, current)
            return None if inner is None else not inner
        if isinstance(condition, Both):
            left, right = self.holds(condition.left, current), self.holds(condition.right, current)
            if left is None or right is None:
                return None
            return (left and right) if condition.every else (left or right)
        if isinstance(condition, Matches):
            texts = self.values(condition.operand, current)
            return any(isinstance(t, str) and condition.pattern.search(t) for t in texts)
        return self.compared(condition, current)

    def compared(self, comparison: Comparison, current: Json) -> bool | None:
        """Return whether any pair compares so; unknown from the first pair that cannot."""
        try:
            left = self.values(comparison.left, current)
            right = self.values(comparison.right, current)
        except NoNumber:
            return None
        for one in left:
            for other in right:
                answer = compare(comparison.op, one, other)
                if answer is not False:
                    return answer
        return False

    def values(self, operand: Operand, current: Json) -> list[Json]:
        """Return the values of an operand, arrays taken apart."""
        if isinstance(operand, Constant):
            return [operand.value]
        if not isinstance(operand, Path):
            return list(self.numbers(operand, current))
        found: list[Json] = []
        for item in self.path(operand, current):
            found.extend(item if isinstance(item, list) else (item,))
        return found

    def numbers(self, operand: Operand, current: Json) -> list[Number]:
        """Return the numbers of an operand; raises NoNumber."""
        if isinstance(operand, Signed):
            found = self.numbers(operand.operand, current)
            return [-number for number in found] if operand.negative else found
        if isinstance(operand, Arithmetic):
            left = self.numbers(operand.left, current)
            right = self.numbers(operand.right, current)
            if len(left) != 1 or len(right) != 1:
                raise NoNumber
            return [computed(operand.op, left[0], right[0])]
        numbers: list[Number] = []
        for value in self.values(operand, current):
            if not isinstance(value, int | float) or isinstance(value, bool):
                raise NoNumber
            numbers.append(value)
        return numbers


def places(step: Elements, array: list[Json]) -> Iterator[Json]:
    """Yield the elements at places; what lies outside is nothing."""
    for first, last in step.ranges:
        low, high = first.among(len(array)), last.among(len(array))
        if first == last and low < 0:
            continue
        yield from array[max(low, 0) : max(high + 1, 0)]


def inside(item: Json, step: Descend, level: int) -> Iterator[Json]:
    """Yield *item* and what is inside it, depth first, of the levels that *step* wants."""
    nested: list[Json] = []
    if isinstance(item, dict | list):
        nested = list(item.values() if isinstance(item, dict) else item)
    if not nested if step.low is None else level >= step.low:
        yield item
    if step.high is None or level < step.high:
        for value in nested:
            yield from inside(value, step, level + 1)


def compare(op: str, left: Json, right: Json) -> bool | None:
    """Return whether a pair compares so; None if it cannot be compared."""
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return None
    if op == "starts with":
        both = isinstance(left, str) and isinstance(right, str)
        return left.startswith(right) if both else None  # type: ignore[union-attr, arg-type]
    ours, theirs = (rank(left), left), (rank(right), right)
    if ours[0] != theirs[0]:
        return COMPARE[op](ours[0] - theirs[0])
    if left is None or right is None:
        return COMPARE[op](0)
    return COMPARE[op]((left > right) - (left < right))  # type: ignore[operator]


def rank(value: Scalar) -> int:
    """Return the place of a value's type in the order of types: null, boolean, number, text."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return 1
    return 3 if isinstance(value, str) else 2


def computed(op: str, left: Number, right: Number) -> Number:
    """Return the result; one that 64 bits do not hold is a float. Raises NoNumber."""
    try:
        result = ARITHMETIC[op](left, right)
    except (ZeroDivisionError, OverflowError, ValueError):
        raise NoNumber from None
    if isinstance(result, int) and not -(2**63) <= result < 2**64:
        return float(result)
    return result
