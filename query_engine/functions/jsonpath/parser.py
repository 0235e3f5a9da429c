"""Reads JSON paths: a path, or a condition or a computation over paths."""

import re
from collections.abc import Callable
from functools import lru_cache

from query_engine.functions.jsonpath.limits import PATH_CHARS_MAX, PATH_DEPTH_MAX
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
    Place,
    Signed,
    Step,
    Where,
)
from query_engine.functions.jsonpath.scanner import InvalidPath, Scanner

__all__ = ["InvalidPath", "parse_path"]

CONSTANTS = {"null": None, "true": True, "false": False}


@lru_cache(maxsize=256)
def parse_path(text: str) -> Expression:
    """
    Return what *text* means.

    Raises:
        InvalidPath: It is no path; the message says where.
    """
    if len(text) > PATH_CHARS_MAX:
        raise InvalidPath(f"no JSON path: longer than {PATH_CHARS_MAX} characters")
    parser = Parser(Scanner(text))
    found = parser.whole()
    if not parser.scanner.ended:
        raise parser.scanner.problem("the end is expected")
    return found


class Parser:
    """Reads one path, innermost first; ``depth`` counts what stands around."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.depth = 0

    def whole(self) -> Expression:
        """Read everything: an expression, or a path whose ``$`` is left out."""
        start = self.scanner.at
        self.scanner.skip()
        first = self.scanner.text[self.scanner.at : self.scanner.at + 1]
        name = self.scanner.name() if first not in {"", "$", "@"} else None
        calls = name == "exists" and self.scanner.take("(") is not None
        self.scanner.at = start
        if first in {"", "[", ".", ":", "?"} or (
            name is not None and not calls and not digits(name)
        ):
            head = self.scanner.name()
            steps = self.steps()
            return Path((Member(head), *steps) if head is not None else steps)
        found = self.either()
        if isinstance(found, Constant):
            raise self.scanner.problem("a path is expected, not a constant")
        return found

    def either(self) -> Expression:
        """Read ``a || b``."""
        left = self.both()
        while self.scanner.take("||"):
            left = Both(False, self.condition(left), self.condition(self.both()))
        return left

    def both(self) -> Expression:
        """Read ``a && b``."""
        left = self.comparison()
        while self.scanner.take("&&"):
            left = Both(True, self.condition(left), self.condition(self.comparison()))
        return left

    def comparison(self) -> Expression:
        """Read ``a < b``, ``a starts with b``, ``a like_regex "..."``."""
        left = self.added()
        op = self.scanner.take("==", "!=", "<>", "<=", "<", ">=", ">")
        if op is None and self.scanner.keyword("starts", "with"):
            op = "starts with"
        if op is not None:
            named = "!=" if op == "<>" else op
            right = self.added()
            return Comparison(named, self.operand(left), self.operand(right))
        if self.scanner.keyword("like_regex"):
            return Matches(self.operand(left), self.pattern())
        return left

    def added(self) -> Expression:
        """Read ``a + b``."""
        left = self.multiplied()
        while op := self.scanner.take("+", "-"):
            right = self.operand(self.multiplied())
            left = Arithmetic(op, self.operand(left), right)
        return left

    def multiplied(self) -> Expression:
        """Read ``a * b``."""
        left = self.signed()
        while op := self.scanner.take("*", "/", "%"):
            right = self.operand(self.signed())
            left = Arithmetic(op, self.operand(left), right)
        return left

    def signed(self) -> Expression:
        """Read ``-a``; a number with a sign is one constant."""
        sign = self.scanner.take("+", "-")
        if sign is None:
            return self.primary()
        inner = self.operand(self.deeper(self.signed))
        if isinstance(inner, Constant) and isinstance(inner.value, int | float):
            return Constant(-inner.value) if sign == "-" else inner
        return Signed(sign == "-", inner)

    def primary(self) -> Expression:
        """Read a path, a constant, ``exists(...)``, ``!(...)`` or parentheses."""
        scanner = self.scanner
        root = scanner.take("$", "@")
        if root is not None:
            if root == "@" and not self.depth:
                raise scanner.problem("@ outside of a filter")
            return Path(self.steps(), current=root == "@")
        if scanner.take("!"):
            scanner.expect("(")
            return Not(self.condition(self.closed()))
        if scanner.take("("):
            return self.closed()
        text = scanner.quoted()
        if text is not None:
            return Constant(text)
        number = scanner.number()
        if number is not None:
            return Constant(number)
        name = scanner.name()
        if name in CONSTANTS:
            return Constant(CONSTANTS[name])
        if name == "exists" and scanner.take("("):
            inner = self.closed()
            if isinstance(inner, Path):
                return Exists(inner)
            raise scanner.problem("exists takes a path")
        raise scanner.problem("a path or a value is expected")

    def closed(self) -> Expression:
        """Read an expression and the parenthesis that closes it."""
        inner = self.deeper(self.either)
        self.scanner.expect(")")
        return inner

    def deeper(self, read: Callable[[], Expression]) -> Expression:
        """Read one level further inside."""
        if self.depth >= PATH_DEPTH_MAX:
            raise self.scanner.problem(f"nested more than {PATH_DEPTH_MAX} deep")
        self.depth += 1
        try:
            return read()
        finally:
            self.depth -= 1

    def steps(self) -> tuple[Step, ...]:
        """Read the steps of a path."""
        found: list[Step] = []
        while (step := self.step()) is not None:
            found.append(step)
        return tuple(found)

    def step(self) -> Step | None:
        """Read one step; None if there is none."""
        scanner = self.scanner
        if scanner.take(".**"):
            return self.levels()
        if scanner.take(".*"):
            return AllMembers()
        if scanner.take(".", ":"):
            quoted = scanner.quoted()
            name = scanner.name() if quoted is None else quoted
            if name is None:
                raise scanner.problem("a name is missing")
            return Member(name)
        if scanner.take("?"):
            scanner.expect("(")
            return Where(self.condition(self.closed()))
        return self.brackets() if scanner.take("[") else None

    def brackets(self) -> Step:
        """Read what follows ``[``."""
        scanner = self.scanner
        step: Step
        if scanner.take("*"):
            step = AllElements()
        elif (name := scanner.quoted()) is not None:
            step = Member(name)
        else:
            ranges = [self.range()]
            while scanner.take(","):
                ranges.append(self.range())
            step = Elements(tuple(ranges))
        scanner.expect("]")
        return step

    def range(self) -> tuple[Place, Place]:
        """Read ``2`` or ``2 to last``."""
        first = self.place()
        return (first, self.place() if self.scanner.keyword("to") else first)

    def place(self) -> Place:
        """Read ``2``, ``last`` or ``last - 1``."""
        scanner = self.scanner
        if not scanner.keyword("last"):
            offset = scanner.integer()
            if offset is None:
                raise scanner.problem("a place in an array is missing")
            return Place(offset)
        sign = scanner.take("+", "-")
        if sign is None:
            return Place(0, from_last=True)
        offset = scanner.integer()
        if offset is None:
            raise scanner.problem("a number is missing")
        return Place(offset if sign == "+" else -offset, from_last=True)

    def levels(self) -> Descend:
        """Read what may follow ``.**``: ``{2}``, ``{1 to 3}``, ``{last}``."""
        scanner = self.scanner
        if not scanner.take("{"):
            return Descend()
        low = self.level()
        high = self.level() if scanner.keyword("to") else low
        scanner.expect("}")
        return Descend(low, high)

    def level(self) -> int | None:
        """Read a level; None is ``last``."""
        if self.scanner.keyword("last"):
            return None
        number = self.scanner.integer()
        if number is None or number < 0:
            raise self.scanner.problem("a level is missing")
        return number

    def pattern(self) -> re.Pattern[str]:
        """Read the pattern of ``like_regex`` and its flags."""
        text = self.scanner.quoted()
        if text is None:
            raise self.scanner.problem("a pattern in quotes is missing")
        flags = self.scanner.quoted() if self.scanner.keyword("flag") else ""
        try:
            return re.compile(f"(?{flags})" + text if flags else text)
        except re.error as error:
            raise self.scanner.problem(f"a wrong pattern ({error})") from None

    def condition(self, found: Expression) -> Condition:
        """Return *found*, which has to be true or false."""
        if isinstance(found, Comparison | Matches | Exists | Both | Not):
            return found
        raise self.scanner.problem("a condition is expected before this")

    def operand(self, found: Expression) -> Operand:
        """Return *found*, which has to be a value or a path."""
        if isinstance(found, Path | Constant | Arithmetic | Signed):
            return found
        raise self.scanner.problem("a value is expected before this, not a condition")


def digits(name: str) -> bool:
    """Tell whether a word is the beginning of a number."""
    return name[0].isdigit()
