"""Limits of the object stores, each with what happens when it is reached."""

OBJECT_BYTES_MAX = 256 * 2**20
"""A larger object is refused with LimitExceeded: a put is one request, never a multipart upload."""

COALESCE_GAP_BYTES = 64 * 2**10
"""Ranges of one object closer than this are read in one request; the bytes between are dropped."""

COALESCE_SPAN_BYTES = 16 * 2**20
"""A merged read does not grow past this; the next range starts another request."""

CONCURRENT_READS = 16
"""Requests of one get_ranges in flight at once; the others wait."""

DELETE_BATCH = 1000
"""Keys in one delete request (the protocol's own maximum); more keys make more requests."""

LIST_PAGE = 1000
"""Keys in one list request (the protocol's own maximum); longer listings make more requests."""

CONNECT_TIMEOUT_S = 5
"""A bucket endpoint that does not accept a connection in this time counts as a failed attempt."""

READ_TIMEOUT_S = 30
"""A bucket endpoint that stays silent this long within a request counts as a failed attempt."""

ATTEMPTS = 3
"""After so many refused connections or 5xx answers (with back-off): StorageUnavailable."""

SILENT_ATTEMPTS = 2
"""After so many answers that timed out or broke off: StorageUnavailable."""

CONFLICT_ATTEMPTS = 4
"""A create-only put is tried this often while 409 says that another put of the key is running."""

INCOMING_KEEP_S = 24 * 3600
"""Half-written local files of a killed process are removed when they are older than this."""

PROBE_RACERS = 8
"""Concurrent puts of one key by the start-up probe, of which exactly one may succeed."""
