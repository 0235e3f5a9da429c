"""
What the lake needs from an object store: write-once objects, range reads, listing, deletion.

Rule: nothing here knows what an object contains.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from assets.errors import LimitExceeded
from assets.storage.objects.limits import OBJECT_BYTES_MAX


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """
    One entry of a listing.

    Attributes:
        key: The object's key, relative to the store's root.
        size: Its length in bytes.
    """

    key: str
    size: int


class ObjectStore(Protocol):
    """
    A flat space of write-once objects; every method may be called from any thread.

    Each raises StorageUnavailable when the store does not answer or refuses us.
    """

    def put_new(self, key: str, data: bytes) -> None:
        """
        Create an object; durable and visible to everyone when this returns.

        Raises:
            ObjectExists: There is an object under *key*; it is left as it was.
            LimitExceeded: *data* is longer than ``OBJECT_BYTES_MAX``.
        """

    def get(self, key: str) -> bytes:
        """
        Return a whole object.

        Raises:
            ObjectMissing: There is none.
        """

    def get_ranges(self, key: str, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """
        Return the bytes of each (offset, length), in the order asked for; near ones share a read.

        Raises:
            ObjectMissing: There is no such object, or it ends before one of the ranges does.
        """

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Yield the objects whose key starts with *prefix*, in no particular order."""

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; keys without an object are fine."""


def checked_key(key: str) -> str:
    """
    Return *key* if it is one: relative, ``/``-separated, no empty, ``.`` or ``..`` parts.

    Raises:
        ValueError: It is not; such a key would leave the root, or be another key in disguise.
    """
    if any(part in {"", ".", ".."} for part in key.split("/")) or "\\" in key or "\0" in key:
        raise ValueError(f"not an object key: {key!r}")
    return key


def checked_data(key: str, data: bytes) -> bytes:
    """
    Return *data* if one put can carry it.

    Raises:
        LimitExceeded: It is longer than ``OBJECT_BYTES_MAX``.
    """
    if len(data) > OBJECT_BYTES_MAX:
        raise LimitExceeded(
            f"object {key} of {len(data)} bytes is over OBJECT_BYTES_MAX = {OBJECT_BYTES_MAX};"
            " write it in smaller objects"
        )
    return data
