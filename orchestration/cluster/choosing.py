"""Which place a run uses, by its settings; and the steps of maintenance as pieces for it."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from assets.maintain.task import Done, Hands, Result, Site, Step, in_turn
from orchestration.cluster.dask_place import ClusterUnavailable, dask_place
from orchestration.cluster.limits import CLUSTER_WAITS_S
from orchestration.cluster.place import Here, Place
from orchestration.open_lake import OpenLake
from orchestration.settings import OrchestrationSettings


@contextmanager
def place_for(opened: OpenLake, pieces: int) -> Iterator[Place]:
    """
    Yield the cluster of the settings; this process if there is none, or a single piece to do.

    Raises:
        ClusterUnavailable: The settings name a cluster that does not answer.
    """
    address = OrchestrationSettings().dask_address
    if not address or pieces < 2:
        yield Here(opened)
        return
    with dask_place(address, opened) as place:
        yield place


def hands_for(opened: OpenLake) -> Hands:
    """Return who does the steps of a task: the cluster those that may be done anywhere."""

    def hands(steps: Sequence[Step], tell: Callable[[str], None]) -> Iterator[Result]:
        far = [step for step in steps if step.anywhere is not None]
        yield from _far_away(opened, far, tell)
        yield from in_turn([step for step in steps if step.anywhere is None], tell)

    return hands


def _far_away(
    opened: OpenLake, steps: Sequence[Step], tell: Callable[[str], None]
) -> Iterator[Result]:
    """
    Do steps on the cluster, or here if there is none.

    When nobody is there to do them, those that are left are tried again, after each of
    `CLUSTER_WAITS_S`. Then each of them has failed, and says so.
    """
    left = list(steps)
    for wait_s in (*CLUSTER_WAITS_S, None):
        try:
            for step, became in _each(opened, tuple(left), tell):
                left.remove(step)
                yield step, became
        except ClusterUnavailable as error:
            if wait_s is None:
                yield from ((step, error) for step in left)
                return
            tell(f"{error}: {len(left)} steps are tried again in {wait_s:g} s")
            time.sleep(wait_s)
        else:
            return


def _each(opened: OpenLake, steps: Sequence[Step], tell: Callable[[str], None]) -> Iterator[Result]:
    with place_for(opened, len(steps)) as place:
        if isinstance(place, Here):
            yield from in_turn(steps, tell)
            return
        now = datetime.now(UTC)
        pieces = [partial(at_site, step.anywhere, now) for step in steps if step.anywhere]
        for number, became in place.each(pieces):
            yield steps[number], became


def at_site(do: Callable[[Site], Done], now: datetime, opened: OpenLake) -> Done:
    """Do a step on the lake that is open here."""
    return do(Site(opened.lake, opened.tables, now, opened.views))
