"""
What a SQL window function is: a frozen value, one file each, listed in ``windows/catalog.py``.

Aggregates are window functions too; they are described in ``function.py`` and not again here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from query_engine.functions.function import Argument, Example, Parameter, Returns
from query_engine.windows.rows import Ints
from query_engine.windows.seen import Seen


def anything(_arguments: Sequence[Argument]) -> None:
    """Accept all arguments."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WindowFunction:
    """
    A function of a row and the rows around it.

    It has either ``numbers`` or ``positions``; both take what is seen and the constant arguments.

    Attributes:
        numbers: Yields the value itself for each sorted row.
        positions: Yields the sorted row whose first argument is the value; -1 for none.
        check: Raises BadArgument for constants that make no sense.
        framed: It reads its frame; the others see their whole partition whatever frame is written.
        takes_nulls: IGNORE NULLS and RESPECT NULLS may be written.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: Returns
    doc: str
    examples: tuple[Example, ...]
    numbers: Callable[..., NDArray[np.int64] | NDArray[np.float64]] | None = None
    positions: Callable[..., Ints] | None = None
    check: Callable[[Sequence[Argument]], None] = anything
    framed: bool = False
    takes_nulls: bool = False
    aliases: tuple[str, ...] = ()
    group: str = "Window functions"


__all__ = ["Seen", "WindowFunction"]
