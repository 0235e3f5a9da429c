"""Objects in memory: the twin of the other stores for tests. Delta tables cannot live here."""

import threading
from collections.abc import Iterator, Sequence

from assets.errors import ObjectExists, ObjectMissing
from assets.storage.objects.store import ObjectInfo, checked_data, checked_key


class MemoryStore:
    """An object store that is gone when the program ends."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def put_new(self, key: str, data: bytes) -> None:
        """Create an object."""
        data = bytes(checked_data(key, data))
        with self._lock:
            if checked_key(key) in self._objects:
                raise ObjectExists(f"object {key} exists already")
            self._objects[key] = data

    def get(self, key: str) -> bytes:
        """Return a whole object."""
        try:
            return self._objects[key]
        except KeyError as exc:
            raise ObjectMissing(f"object {key} is not in the store") from exc

    def get_ranges(self, key: str, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return the bytes of each (offset, length)."""
        if not ranges:
            return []
        data = self.get(key)
        if any(offset + length > len(data) for offset, length in ranges if length):
            raise ObjectMissing(f"object {key} ends at byte {len(data)}, before a range read of it")
        return [data[offset : offset + length] for offset, length in ranges]

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Yield the objects whose key starts with *prefix*."""
        with self._lock:
            found = [(key, len(data)) for key, data in self._objects.items()]
        return (ObjectInfo(key, size) for key, size in found if key.startswith(prefix))

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects."""
        with self._lock:
            for key in keys:
                self._objects.pop(key, None)
