"""Named objects that an application makes once and records into: metrics, counters, gauges."""

from typing import Any, Self


class Instrument:
    """
    Something with a name, a unit and the place where it was made.

    Copies of it are itself; pickled, it is one of the same name where it is read.
    """

    __slots__ = ("file", "line", "name", "owner", "target", "unit")

    def __init__(self, name: str, unit: str, target: str, file: str, line: int) -> None:
        self.name, self.unit = name, unit
        self.target, self.file, self.line = target, file, line
        self.owner: object = None

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.name, self.unit, self.target, self.file, self.line))
