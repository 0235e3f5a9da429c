"""Every error that is raised on purpose, sorted by who must act on it."""


class LakeError(Exception):
    """
    Base of every error we raise on purpose; ``code`` is stable, the text is for people.

    Attributes:
        query_id: The query that it ended, set by the query service; else "".
    """

    http_status = 500
    code = "internal"
    query_id = ""


class CallerError(LakeError):
    """The request is wrong: fix it and send it again."""

    http_status = 400
    code = "bad_request"


class NotFound(CallerError):
    """What was named does not exist."""

    http_status = 404
    code = "not_found"


class LimitExceeded(CallerError):
    """The request is over a named limit; the message says which, its value, and what to do."""

    http_status = 413
    code = "limit_exceeded"


class StorageUnavailable(LakeError):
    """Postgres or the object store did not answer: try again later."""

    http_status = 503
    code = "storage_unavailable"


class Overloaded(LakeError):
    """We are at a named limit of our own: try again later."""

    http_status = 503
    code = "overloaded"


class UnsafeObjectStore(LakeError):
    """The object store cannot guarantee create-only puts; the lake refuses to open on it."""

    code = "unsafe_object_store"


class ObjectExists(LakeError):
    """A create-only put found an object under its key."""

    code = "object_exists"


class ObjectMissing(LakeError):
    """An object that the metadata names is not in the store."""

    code = "object_missing"


class BlockCorrupt(LakeError):
    """A block that nobody can decode: quarantine it, count it, go on."""

    code = "block_corrupt"

    def __init__(self, block_id: str, reason: str) -> None:
        super().__init__(f"block {block_id}: {reason}")
        self.block_id, self.reason = block_id, reason
