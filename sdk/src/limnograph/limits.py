"""
The SDK's bounds on memory, sizes and time; each says what happens when it is reached.

Those of ``Limits`` can be chosen per process, with ``limnograph.init(limits=...)``.
"""

from typing import NamedTuple

EVENTS_QUEUED_MAX = 131_072
"""Events recorded and not yet encoded, all threads together; beyond it events are dropped."""

TEXT_BYTES_QUEUED_MAX = 32 * 1024 * 1024
"""Characters of texts held by queued events; beyond it events that carry text are dropped."""

OUTBOX_BYTES_MAX = 32 * 1024 * 1024
"""Encoded bytes waiting in memory; beyond it they are dropped, what matters least first."""

OUTBOX_REQUESTS_MAX = 4096
"""Requests waiting in memory; beyond it they are dropped: images, spans, metrics, then logs."""

SPOOL_BYTES_MAX = 256 * 1024 * 1024
"""Bytes of one service's requests on disk; beyond it requests are dropped in the same order."""

BLOCK_ROWS_MAX = 32_768
"""Rows of one block; more become several blocks."""

BLOCK_BYTES_MAX = 8 * 1024 * 1024
"""Bytes of one block's columns before compression; a larger block is cut in two until one row."""

IMAGE_BYTES_QUEUED_MAX = 16 * 1024 * 1024
"""Bytes of images sent and not yet encoded; beyond it further ones are dropped."""

REQUEST_BYTES_MAX = 4 * 1024 * 1024
"""Payload bytes of one request; the next block starts a new request."""

REQUEST_BLOCKS_MAX = 256
"""Blocks of one request; the next block starts a new request."""


class Limits(NamedTuple):
    """The bounds on memory and transfer that an application may choose."""

    events_queued_max: int = EVENTS_QUEUED_MAX
    text_bytes_queued_max: int = TEXT_BYTES_QUEUED_MAX
    outbox_bytes_max: int = OUTBOX_BYTES_MAX
    outbox_requests_max: int = OUTBOX_REQUESTS_MAX
    spool_bytes_max: int = SPOOL_BYTES_MAX
    block_rows_max: int = BLOCK_ROWS_MAX
    block_bytes_max: int = BLOCK_BYTES_MAX
    request_bytes_max: int = REQUEST_BYTES_MAX
    request_blocks_max: int = REQUEST_BLOCKS_MAX
    image_bytes_queued_max: int = IMAGE_BYTES_QUEUED_MAX


SOURCES_MAX = 8192
"""Streams of threads remembered; a thread whose stream was forgotten gets a new one."""

EVENTS_GRANT = 1024
"""Events a thread may record before it asks for more room: one lock for that many events."""

TEXT_BYTES_GRANT = 64 * 1024
"""Characters a thread may record before it asks for more room."""

TEXT_CHARS_MAX = 65_536
"""Characters of a message or of a property's value; the rest is cut off."""

NAME_CHARS_MAX = 255
"""Characters of a metric's or span's name, a unit, a module or a logger; the rest is cut off."""

SITE_CHARS_MAX = 1024
"""Characters of a log template and of a source file's name in a call site; the rest is cut off."""

PROPERTIES_MAX = 64
"""Properties of one event; the others are left out."""

TRACE_STATE_CHARS_MAX = 512
"""Characters of a ``tracestate`` header; a longer one is not passed on."""

TRACE_EVENTS_BYTES_MAX = 65_000
"""Characters of a trace span's events together, and of its links; the oldest events, the last
links are left out."""

TRACE_STACK_CHARS_MAX = 16_384
"""Characters of message and stack in an exception event; the first ones are cut off."""

TRACE_LINKS_MAX = 128
"""Links of a trace span; further ones are left out."""

SITES_MAX = 65_536
"""Call sites remembered; further ones are described anew at every event, at more cost."""

AGGREGATES_MAX = 16_384
"""Counters, gauges and their label sets in a process; changes of further ones are failures."""

LABELS_MAX = 1_000
"""Label sets of one counter or gauge; further ones share a row marked as overflow."""

IMAGE_BYTES_MAX = 8 * 1024 * 1024
"""Bytes of one image; a larger one is not sent, counted, and said on stderr once."""

IMAGES_QUEUED_MAX = 256
"""Images sent and not yet encoded; beyond it further ones are dropped."""

IMAGE_BLOCK_BYTES_MAX = 4 * 1024 * 1024
"""Bytes of images in one block; further ones, or a larger one, make a block of their own."""

OPEN_SPANS_MAX = 65_536
"""Open spans remembered per thread; further ones are recorded only when they end."""

OPEN_SPANS_LISTED_MAX = 1024
"""Open spans listed in a block, oldest first; the others are not listed in it."""

SEND_TIMEOUT_S = 10.0
"""Seconds for one connect, write or read; then the attempt counts as failed and is repeated."""

BACKOFF_FIRST_S = 0.5
"""Seconds before the first repetition; doubled for each further one."""

BACKOFF_MAX_S = 30.0
"""Seconds between repetitions, at most, unless the receiver asks for more."""

RETRY_AFTER_MAX_S = 300.0
"""Seconds of a Retry-After that are believed; a longer one counts as this."""

RESPONSE_BYTES_MAX = 65_536
"""Bytes of an answer that are read; after a longer one the connection is opened anew."""

SPOOL_REQUESTS_MAX = 65_536
"""Requests of one process on disk; beyond it they are dropped as over the bytes."""

FAULT_TEXT_BYTES_MAX = 65_536
"""Bytes of a crash's stacks that are told; the rest is cut off."""

STATE_BYTES_MAX = 64 * 1024 * 1024
"""Bytes that ended processes of one service may leave in memory files; then the exit drops."""

RECOVERY_AGE_S_MAX = 7 * 24 * 3600.0
"""Seconds since a process ended after which what it left is removed, and that is said."""

RECOVERY_INTERVAL_S = 30.0
"""Seconds after which a running process looks again for dead ones of its service."""

RECOVERY_PROCESSES_MAX = 64
"""Ended processes taken over by one start, oldest first; a later start takes the others."""

RECOVERY_BYTES_MAX = 256 * 1024 * 1024
"""Bytes of ended processes below one root; of more the oldest are removed, and that is said."""

WAIT_S_MAX = 86_400.0
"""Seconds that ``flush`` and ``shutdown`` wait at most, whatever they are told."""

EXIT_TIMEOUT_S = 3.0
"""Seconds that the interpreter's exit waits for the last events; then they are lost."""

FLUSH_INTERVAL_S_MIN = 0.01
"""A shorter ``flush_interval_s`` counts as this."""

FLUSH_INTERVAL_S_MAX = 86_400.0
"""A longer ``flush_interval_s`` is a mistake: it is said, and the default is taken."""

SYSTEM_METRICS_INTERVAL_S = 15.0
"""Seconds between two looks at the process itself; a shorter run is not looked at."""

FACT_FILE_BYTES_MAX = 262_144
"""Bytes read of a file that describes the machine or the container; the rest is not looked at."""

GIT_PACKED_REFS_BYTES_MAX = 4 * 1024 * 1024
"""Bytes read of a repository's packed refs; a branch beyond them gives no commit."""

GIT_PARENTS_MAX = 32
"""Folders above the program in which a repository is looked for; then there is none."""

OPERATION_NAMES_MAX = 1024
"""Names of spans that one integration makes; further names share one span called like its kind."""

QUERY_CHARS_MAX = 4096
"""Characters of a query that integrations keep as ``db.query.text``; the rest is cut off."""

QUERY_TEXTS_MAX = 512
"""Query texts remembered without their literals; further ones are read anew, at more cost."""

LOOP_LAG_INTERVAL_S = 0.25
"""Seconds between two measurements of an event loop's lag; a shorter hold may go unseen."""

METRIC_READER_INTERVAL_S = 10.0
"""Seconds between two readings of OpenTelemetry's instruments, unless a reader is told another."""
