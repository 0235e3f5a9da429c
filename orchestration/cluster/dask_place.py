"""
The workers of a dask cluster as a place.

What dask gives: pieces go to idle workers, and those of a worker that died go to another one. What
it does not give is exactness; that stands in the Delta log, as everywhere.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from assets.errors import LakeError, StorageUnavailable
from assets.storage.tables import WriteConflict
from orchestration.cluster.limits import CONNECT_TIMEOUT_S, LOOK_S, WORKERS_GONE_S
from orchestration.cluster.place import Piece
from orchestration.cluster.worker import Fault, Ticket, perform, ticket_for
from orchestration.open_lake import OpenLake

if TYPE_CHECKING:
    from distributed import Client, Future

T = TypeVar("T")


class ClusterUnavailable(LakeError):
    """The dask cluster does not answer, or has no workers: try again later."""

    code = "cluster_unavailable"


class PieceFailed(LakeError):
    """A worker could not do a piece; the message has its error."""

    code = "piece_failed"


class WorkersKilled(LakeError):
    """Every worker that was given the piece died of it, or with it."""

    code = "workers_killed"


class DaskPlace:
    """The workers of a cluster, for as long as the client is connected."""

    def __init__(self, client: "Client", ticket: Ticket) -> None:
        self._client, self._ticket = client, ticket

    def wait_for(self, workers: int) -> None:
        """
        Wait until the cluster has so many workers.

        Raises:
            ClusterUnavailable: It has not, after ``CONNECT_TIMEOUT_S``.
        """
        try:
            self._client.wait_for_workers(workers, timeout=CONNECT_TIMEOUT_S)
        except TimeoutError as error:
            address = self._client.scheduler.address
            raise ClusterUnavailable(f"the dask cluster {address} has no worker") from error

    @property
    def width(self) -> int:
        """Threads of all workers."""
        return max(1, sum(map(int, self._client.nthreads().values())))

    def each(self, pieces: Sequence[Piece[T]]) -> Iterator[tuple[int, T | Exception]]:
        """
        Do the pieces on the workers; yield each result as it arrives.

        Raises:
            ClusterUnavailable: The scheduler, or the last worker, has gone.
        """
        numbers = {
            self._client.submit(perform, self._ticket, piece, pure=False): number
            for number, piece in enumerate(pieces)
        }
        for future in self._ended(list(numbers)):
            yield numbers[future], self._became(future)

    def _ended(self, waiting: "list[Future]") -> "Iterator[Future]":
        from distributed import wait

        seen_workers = time.monotonic()
        while waiting:
            try:
                with self._client.as_current():
                    done, left = wait(waiting, timeout=LOOK_S, return_when="FIRST_COMPLETED")
            except TimeoutError:
                done, left = set(), set(waiting)
            except Exception as error:
                raise ClusterUnavailable(f"the dask scheduler has gone: {error}") from error
            yield from done
            waiting = list(left)
            if done or self._has_workers():
                seen_workers = time.monotonic()
            elif time.monotonic() - seen_workers > WORKERS_GONE_S:
                raise ClusterUnavailable(
                    f"the dask cluster has had no worker for {WORKERS_GONE_S} s"
                )

    def _has_workers(self) -> bool:
        try:
            return bool(self._client.nthreads())
        except Exception as error:
            raise ClusterUnavailable(f"the dask scheduler has gone: {error}") from error

    def _became(self, future: "Future") -> Any:
        from distributed import KilledWorker

        if future.cancelled():
            raise ClusterUnavailable("the dask scheduler has gone, or has forgotten the work")
        error = future.exception()
        if isinstance(error, KilledWorker):
            return WorkersKilled(
                "each worker that was given it died, perhaps out of memory: see their logs"
            )
        if error is not None:  # the worker could not even load it
            return PieceFailed(f"{type(error).__name__}: {error}; has it the same release as we?")
        return error_of(result) if isinstance(result := future.result(), Fault) else result


def error_of(fault: Fault) -> Exception:
    """Return the error that a worker told of, as this process would have had it."""
    kinds = {"storage": StorageUnavailable, "conflict": WriteConflict, "other": PieceFailed}
    return kinds[fault.kind](f"on a worker: {fault.text}")


@contextmanager
def dask_place(address: str, opened: OpenLake) -> Iterator[DaskPlace]:
    """
    Connect to the scheduler at *address* and wait for a first worker.

    At the end of the block, pieces that have not begun are forgotten.

    Raises:
        ClusterUnavailable: Nobody answers, there is no worker, or dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ClusterUnavailable(
            "LIMNO_ORCHESTRATION_DASK_ADDRESS is set and dask is not installed: install"
            " limnograph-server[scale]"
        ) from error
    connect = partial(Client, address, timeout=CONNECT_TIMEOUT_S, set_as_default=False)
    try:
        client = connect()
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterUnavailable(
            f"the dask scheduler {address} does not answer: {error}"
        ) from error
    with client:
        place = DaskPlace(client, ticket_for(opened))
        place.wait_for(1)
        yield place
