"""A file for writers of Arrow's that is emptied as they write."""

import io


class Drain(io.RawIOBase):
    """Holds what was written since it was last taken; positions count from the beginning."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        """It is there to be written."""
        return True

    def write(self, data: bytes | memoryview) -> int:  # type: ignore[override]
        """Take *data*."""
        part = bytes(data)
        self._parts.append(part)
        self._position += len(part)
        return len(part)

    def tell(self) -> int:
        """Return how much was written ever."""
        return self._position

    def take(self) -> bytes:
        """Return what was written since the last call."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
