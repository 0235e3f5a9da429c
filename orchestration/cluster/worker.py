"""
What runs on a worker: a piece of work on the lake that the worker's own environment names.

Rule: nothing secret is sent to a worker and nothing is taken on trust. It opens the lake from its
own LIMNO_* variables, and works only where that is the very lake of the run that asks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal, TypeVar

from assets.errors import LakeError, StorageUnavailable
from assets.storage.identity import LakeIdentity, OtherLake, check_store, identity_of
from assets.storage.tables import WriteConflict
from orchestration.cluster.limits import WORKER_CONNECTIONS_MAX
from orchestration.open_lake import OpenLake, lake_of_this_process

DISTRIBUTION = "limnograph-server"

T = TypeVar("T")


class OtherRelease(LakeError):
    """The worker has another release than the run: its tables could mean something else."""

    code = "other_release"


@dataclass(frozen=True, slots=True)
class Ticket:
    """For which lake, and by which release, a piece is to be done."""

    identity: LakeIdentity
    release: str


@dataclass(frozen=True, slots=True)
class Fault:
    """
    An error as it travels: not every exception can be sent, and its text says what there is to say.

    Attributes:
        kind: Whether storage or other writers are to blame, or the piece itself.
        text: Type and message.
    """

    kind: Literal["storage", "conflict", "other"]
    text: str


def ticket_for(opened: OpenLake) -> Ticket:
    """Return what workers are told about the lake and the program of this process."""
    return Ticket(identity_of(opened.lake), release())


def release() -> str:
    """Return which release of ours this process runs; empty when it is not installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return ""


def perform(ticket: Ticket, piece: Callable[[OpenLake], T]) -> T | Fault:
    """Do a piece here; an error is a result like any other."""
    try:
        return piece(_opened_for(ticket))
    except StorageUnavailable as error:
        return Fault("storage", _said(error))
    except WriteConflict as error:
        return Fault("conflict", _said(error))
    except Exception as error:
        return Fault("other", _said(error))


def _opened_for(ticket: Ticket) -> OpenLake:
    """
    Open the lake of this worker's environment, if it is the one.

    Raises:
        OtherRelease, OtherLake: It is not; nothing has been done.
    """
    if release() != ticket.release:
        raise OtherRelease(
            f"this worker runs {DISTRIBUTION} {release()}, the run {ticket.release}: install one"
        )
    opened = lake_of_this_process(WORKER_CONNECTIONS_MAX)
    identity = identity_of(opened.lake)
    if identity != ticket.identity:
        raise OtherLake(
            f"this worker's LIMNO_DATABASE_URL leads to lake {identity.lake_id} (epoch "
            f"{identity.epoch}), the run works on {ticket.identity.lake_id} (epoch "
            f"{ticket.identity.epoch})"
        )
    check_store(opened.lake, identity)
    return opened


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
