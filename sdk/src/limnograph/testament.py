"""
Making requests of what a dead process had recorded and not written, and of how it ended.

Rule: all of them become visible at once, when the lock file says so; a process that dies in the
middle of it leaves the same to the next, and nothing was sent yet.
"""

import os
from collections.abc import Iterator

from limnograph import fault_text, last_will
from limnograph.limits import Limits
from limnograph.notices import Notices
from limnograph.outgoing import Outgoing
from limnograph.packer import Packer
from limnograph.places import BEGUN, RECORDED, TOLD, Mark, Place
from limnograph.recorder import Cursor
from limnograph.remains import MEMORY, found_in
from limnograph.request_files import HELD, SUFFIX, RequestFile, Unreadable, write
from limnograph.wire.container import Clock
from limnograph.wire.envelope import Process

_UNTOLD = ".new"


def execute(place: Place, limits: Limits, notices: Notices) -> None:
    """
    Write the requests of a dead process that it did not get to, once.

    Raises:
        OSError, ValueError: Its directory cannot be read or written.
    """
    _end_holding(place)
    mark = place.marked()
    if mark.how_far in {BEGUN, RECORDED}:
        for path in place.files(_UNTOLD):
            os.unlink(path)  # noqa: PTH108 - pathlib is slow to import
        for number, request in enumerate(_requests(place, mark, limits, notices)):
            assert request.body is not None, "it was made just now"
            path = f"{place.path}/{9_000_000_000 + number}{SUFFIX}{_UNTOLD}"
            write(path, request.body, request.rows, request.blocks)
        place.mark(TOLD, mark.log_rows)
    if place.marked().how_far == TOLD:
        for path in place.files(_UNTOLD):
            os.rename(path, path.removesuffix(_UNTOLD))  # noqa: PTH104 - as above
        place.clear(MEMORY)


def _end_holding(place: Place) -> None:
    """Show the requests whose last one was written; the rows of others are found in memory."""
    whole = set(place.files(SUFFIX))
    for path in [path for path in whole if HELD in path]:
        last = path.rpartition(HELD)[2]
        file = RequestFile(path)
        if f"{place.path}/{last}" in whole:
            file.show()
        else:
            file.remove()


def _requests(place: Place, mark: Mark, limits: Limits, notices: Notices) -> Iterator[Outgoing]:
    """Yield what the process would have sent, and then its end."""
    process = _process(place)
    if process is None:
        return
    clock = Clock(process.tsc_frequency, process.start_ticks, process.start_time_ns)
    remains = found_in(place.path, _stored(place), clock, limits)
    if remains is None and place.files_beginning(MEMORY):
        notices.once(
            "remains", f"the recorder in C is not here to read what was recorded in {place.path}"
        )
    blocks = [] if remains is None else remains.blocks
    if remains is not None and remains.lost:
        notices.once("damaged", f"{remains.lost} events in {place.path} were damaged")
    fault = fault_text.left_in(place.path)
    if mark.how_far == BEGUN and not blocks and not fault:
        return
    packer = Packer(process, limits, mark.log_rows)
    yield from packer.pack(blocks, clock)
    seen_ns = max([int(mark.seen_s * 1e9), *(clock.unix_ns(block.end_ticks) for block in blocks)])
    yield last_will.abnormal_end(process, packer.log_rows, seen_ns, fault)


def _process(place: Place) -> Process | None:
    try:
        with open(f"{place.path}/{last_will.FILE}", encoding="utf-8") as file:  # noqa: PTH123
            return last_will.read(file.read())
    except FileNotFoundError:  # a directory for requests only, or one hardly begun
        return None


def _stored(place: Place) -> Cursor:
    """Return how far the requests go that the process had written."""
    pieces: list[tuple[int, int]] = []
    for path in place.files(SUFFIX):
        try:
            pieces += RequestFile(path).read().cursor
        except Unreadable:  # said when it should be sent
            continue
    return pieces
