"""
The pieces that are left, and the mistake that makes a request slow now and then.

When a product is sold out, its shelves in the warehouse are counted again: one query for each
shelf, all of them under the lock that everybody who reserves something needs. So the request that
counts is slow, and so are those that wait for it.
"""

import threading
from collections.abc import Callable, Iterable

from limnograph import gauge, log, span

WAIT = span("wait for the stock")
RECOUNT = span("recount the shelves")
LEVEL = gauge("stock.level", "pieces")


class OutOfStock(Exception):
    """The product that was ordered is sold out."""


class Stock:
    """
    The pieces of each product; safe to use from many threads.

    Args:
        products: Their names. At first there is nothing of the last one.
        one_query: Whether a recount asks once for all shelves, not for one after the other.
    """

    LOW_PIECES = 5
    SHELVES = 120
    PIECES_ON_SHELVES = 40

    def __init__(self, products: Iterable[str], *, one_query: bool = False) -> None:
        self._lock = threading.Lock()
        self._pieces = dict.fromkeys(products, self.PIECES_ON_SHELVES)
        self._pieces[list(self._pieces)[-1]] = 0
        self._one_query = one_query

    def reserve(
        self, product: str, pieces: int, *, recounts: bool, query: Callable[[str], None]
    ) -> int:
        """
        Take pieces of a product; returns how many are left.

        Args:
            product: Its name.
            pieces: How many.
            recounts: Whether the shelves are counted again if there are too few.
            query: Asks the database something.

        Raises:
            OutOfStock: There are too few.
        """
        with WAIT:
            self._lock.acquire()
        try:
            if self._pieces[product] < pieces and recounts:
                self._pieces[product] = self._recount(product, query)
            left = self._pieces[product] - pieces
            if left < 0:
                raise OutOfStock(product)
            self._pieces[product] = left
        finally:
            self._lock.release()
        LEVEL.set(left, product=product)
        return left

    @RECOUNT
    def _recount(self, product: str, query: Callable[[str], None]) -> int:
        """Return how many pieces the shelves hold, which takes as long as there are shelves."""
        shelves = ["all shelves"] if self._one_query else range(1, self.SHELVES + 1)
        for shelf in shelves:
            query(f"pieces on {shelf}")
        log.info("counted %d shelves for %s", self.SHELVES, product)
        return self.PIECES_ON_SHELVES
