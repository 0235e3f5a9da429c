"""
Asks the Bloom filters of files which of them can hold some values, and remembers what it read.

Files and their filters never change, so nothing that is kept here grows old. Of a filter only the
pages that decide are read: a lookup costs a kilobyte a file, however large the files are.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from assets.errors import ObjectMissing
from assets.storage.objects import ObjectStore
from assets.storage.tables.bloom import (
    HEADER_BYTES,
    PAGE_BYTES,
    hashes,
    holds,
    page_of,
    pages_in,
)
from assets.storage.tables.limits import (
    LOOKUP_CACHE_BYTES,
    LOOKUP_MISSING_KEPT_S,
    LOOKUP_READERS,
)

log = logging.getLogger(__name__)

_ENTRY_BYTES = 500
"""About what remembering a filter costs beside its pages."""


@dataclass(slots=True)
class _Known:
    """What was read of a filter; with no pages at all, that there is none, as of *asked*."""

    count: int
    asked: float
    pages: dict[int, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return _ENTRY_BYTES + PAGE_BYTES * len(self.pages)


class LookupCache:
    """Least recently used filters; safe to share between threads."""

    def __init__(
        self,
        budget_bytes: int = LOOKUP_CACHE_BYTES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget_bytes, self._now = budget_bytes, now
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """Estimated memory held now."""
        with self._lock:
            return self._bytes

    def may_hold(
        self, objects: ObjectStore, keys: Sequence[str], values: Collection[str]
    ) -> list[bool]:
        """
        Tell for each filter, by its key, whether its file may hold one of *values*.

        Raises:
            StorageUnavailable: The store does not answer.
        """
        asked = hashes(values)
        with self._lock:
            known = [self._fresh(key) for key in keys]
        wanted = [at for at, found in enumerate(known) if _lacks(found, asked)]
        if wanted:
            with ThreadPoolExecutor(min(LOOKUP_READERS, len(wanted))) as pool:
                read = list(pool.map(lambda at: self._read(objects, keys[at], asked), wanted))
            for at, found in zip(wanted, read, strict=True):
                known[at] = found
            with self._lock:
                self._keep({keys[at]: found for at, found in zip(wanted, read, strict=True)})
        return [found is None or _may_hold(found, asked) for found in known]

    def _fresh(self, key: str) -> _Known | None:
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
            if not found.count and self._now() - found.asked > LOOKUP_MISSING_KEPT_S:
                return None
        return found

    def _read(self, objects: ObjectStore, key: str, asked: Sequence[int]) -> _Known:
        """Read of a filter what is not known yet and decides about these hashes."""
        with self._lock:
            before = self._known.get(key)
            pages = dict(before.pages) if before else {}
            count = before.count if before else 0
        try:
            if not count:
                (start,) = objects.get_ranges(key, [(0, HEADER_BYTES + PAGE_BYTES)])
                count = pages_in(start[:HEADER_BYTES])
                pages[0] = start[HEADER_BYTES:]
            missing = sorted({page_of(one, count) for one in asked} - pages.keys())
            places = [(HEADER_BYTES + page * PAGE_BYTES, PAGE_BYTES) for page in missing]
            pages |= zip(missing, objects.get_ranges(key, places), strict=True) if places else ()
        except ObjectMissing:
            return _Known(0, self._now())
        except ValueError as error:
            log.warning("%s: %s", key, error)
            return _Known(0, self._now())
        return _Known(count, self._now(), pages)

    def _keep(self, read: dict[str, _Known]) -> None:
        for key, found in read.items():
            before = self._known.pop(key, None)
            self._bytes += found.size - (before.size if before else 0)
            self._known[key] = found
        while self._known and self._bytes > self._budget_bytes:
            self._bytes -= self._known.popitem(last=False)[1].size


def _lacks(known: _Known | None, asked: Sequence[int]) -> bool:
    """Tell whether a page that decides about one of these hashes was not read yet."""
    if known is None:
        return True
    return bool(known.count) and any(page_of(one, known.count) not in known.pages for one in asked)


def _may_hold(known: _Known, asked: Sequence[int]) -> bool:
    """Tell whether one of these hashes may be in the file; a missing filter says nothing."""
    if not known.count:
        return True
    return any(holds(known.pages[page_of(one, known.count)], one) for one in asked)
