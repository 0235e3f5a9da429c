"""
Which of the siblings their parent waited for: back from the last one, each time to the one that had
ended last when this one began.

No loop runs once per span: where siblings follow one another the way back takes each of them, so
that only the places where they overlap are walked, by doubling the steps taken.
"""

import numpy as np
from numpy.typing import NDArray

from query_engine.spans.sorting import Ints

Marks = NDArray[np.bool_]


def waited_for(owner: Ints, first: Ints, last: Ints) -> Marks:
    """
    Return which spans were waited for.

    Args:
        owner: Place of each span's parent, in rising order; -1 for all that have none.
        first: Where each begins, earlier than it ends.
        last: Where it ends, in rising order among siblings.
    """
    begins = np.append(True, owner[1:] != owner[:-1])[: len(owner)]
    earlier = _earlier(begins, first, last)
    starts = np.flatnonzero(begins | (earlier != np.arange(-1, len(owner) - 1)))
    run = np.cumsum(np.bincount(starts, minlength=len(owner))) - 1
    finals = np.append(np.flatnonzero(begins)[1:], len(owner))[: np.count_nonzero(begins)] - 1
    entered = _entered(earlier[starts], run, finals)
    return entered[run] >= np.arange(len(owner))


def _earlier(begins: Marks, first: Ints, last: Ints) -> Ints:
    """Return the last sibling that had ended when each began, -1 where none had."""
    count = len(begins)
    earlier = np.arange(-1, count - 1)
    earlier[begins] = -1
    unsure = np.flatnonzero(~begins[1:] & (last[:-1] > first[1:])) + 1
    group = np.flatnonzero(begins)
    low = group[np.searchsorted(group, unsure, side="right") - 1]
    start, high = low.copy(), unsure.copy()
    # Halving between the first sibling and the span itself, of all that are unsure at once.
    while np.any(low < high):
        middle = (low + high) // 2
        ended = (last[middle] <= first[unsure]) & (low < high)
        low = np.where(ended, middle + 1, low)
        high = np.where(ended, high, np.minimum(middle, high))
    earlier[unsure] = np.where(low > start, low - 1, -1)
    return earlier


def _entered(earlier: Ints, run: Ints, finals: Ints) -> Ints:
    """
    Return where each run of spans that follow one another is entered on the way back, -1: nowhere.

    Args:
        earlier: To where the way goes back from the first span of each run.
        run: Number of each span's run.
        finals: The last span of each parent, where the way begins.
    """
    entered = np.full(len(earlier), -1, np.int64)
    entered[run[finals]] = finals
    onward = np.where(earlier >= 0, run[earlier], -1)
    reached = run[finals]
    jump = onward.copy()
    while (ahead := jump[reached][jump[reached] >= 0]).size:
        reached = np.concatenate([reached, ahead])
        climbing = np.flatnonzero(jump >= 0)
        jump[climbing] = jump[jump[climbing]]
    gone = reached[onward[reached] >= 0]
    entered[onward[gone]] = earlier[gone]
    return entered
