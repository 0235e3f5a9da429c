"""Short hashes that stand for what the rows of a view look like."""

import hashlib

from assets.storage.layout import Generation
from assets.views.view import LiveView


def schema_hash(generation: Generation) -> bytes:
    """Return the fingerprint of a view, as it is or was when a file was written."""
    return generation.to_bytes(8, "big")


def live_hash(view: LiveView) -> bytes:
    """Return the hash of the columns of a live view."""
    columns = repr([(column.name, str(column.dtype)) for column in view.columns])
    return hashlib.sha256(columns.encode()).digest()[:8]
