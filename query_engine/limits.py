"""Every bound of the query service, with what happens when it is reached."""

RUNNING_QUERIES_MAX = 8
"""Default of the setting: a query beyond it waits for a slot."""

WAITING_QUERIES_MAX = 248
"""
Default of the setting: one more waiting query is refused as `too_many_queries`. With those that run
they are as many as either door takes calls.
"""

QUEUE_WAIT_S_MAX = 10.0
"""A query that waited this long for a slot is refused as `too_many_queries`."""

QUERY_SECONDS_MAX = 300.0
"""
Default of the setting: a query, including the time its client takes to read the result, is stopped
with `time_limit`.
"""

SQL_BYTES_MAX = 1 << 20
"""Longer SQL text (UTF-8) is refused as `limit_exceeded`."""

REQUEST_BYTES_MAX = SQL_BYTES_MAX + (64 << 10)
"""A larger HTTP body or Flight ticket is refused as `limit_exceeded`."""

BATCH_BYTES_MAX = 4 << 20
"""
A larger batch is split by rows before it leaves. Flight clients refuse messages above 16 MiB; one
row that is larger than this is sent whole.
"""

BATCH_ROWS_MAX = 65_536
"""The engine hands over at most this many rows at a time."""

FRAME_BYTES_MAX = 1 << 32
"""A worker that announces a larger frame is taken for broken and replaced."""

SENT_BYTES_MAX = 64 << 10
"""Larger batches lie in shared memory on their way from a worker, smaller ones are sent."""

SLOTS = 4
"""
Batches of one worker that lie in the memory that it shares with the service; more of them go
through its socket.
"""

SLOT_BYTES = BATCH_BYTES_MAX + (256 << 10)
"""A larger batch, schema and lengths included, goes through the socket."""

SOCKET_BYTES = 1 << 20
"""
Asked of the kernel for the rows on their way from a worker; it may give less. A worker that has
sent so much that nobody has read waits.
"""

PLAN_VALUES_BYTES_MAX = 256 << 10
"""Larger values of a plan (decoded tails, live rows) travel to the worker as a file, not in it."""

QUERY_MEMORY_BYTES_MAX = 2 << 30
"""Default of the setting: a query that needs more memory ends with `resource_exhausted`."""

SPILL_FRACTION = 0.5
"""From this part of its memory on, the engine moves what it can of a query to disk."""

ALLOCATED_FRACTION = 1.25
"""An engine that has allocated this multiple of its memory, used or not, is stopped at once."""

SPILL_BYTES_MAX = 64 << 30
"""Default of the setting: a query that moves more to disk ends with `resource_exhausted`."""

WORKERS_IDLE_MIN = 2
"""So many workers are kept ready for the next queries, as far as there may be more."""

WORKER_QUERIES_MAX = 1000
"""A worker that has run so many plans is replaced, so that leaks of libraries stay small."""

WORKER_OPEN_FILES_MAX = 65_536
"""Descriptors up to this one are closed in a new worker."""

SWOLLEN_BYTES_MAX = 128 << 20
"""A worker that keeps more memory than this after its query is replaced."""

WORKER_STARTS_MAX = 3
"""After so many workers in a row that never got ready, queries are told instead of waiting."""

WORKER_START_SECONDS_MAX = 30.0
"""A query that has waited this long for a worker to start fails."""

WORKER_TEXT_BYTES_MAX = 8 << 10
"""Longer texts of a failed worker are cut before they are logged."""

WATCH_SECONDS = 0.005
"""How often memory and time of a running query are looked at."""

VALUES_BYTES_MAX = 16 << 20
"""A subquery whose values decide what is read, and that yields more, is refused."""

TAIL_BLOCKS_MAX = 250_000
"""A query that had to read more unmaterialized blocks of a view is refused as `tail_too_long`."""

TAIL_VALUES_BYTES_MAX = 32 << 10
"""Tails of more payload bytes travel to the worker as files, not as values in the plan."""

TAIL_GROUP_BYTES_MAX = 8 << 20
"""Tail blocks are decoded in groups of at most this many payload bytes, so memory stays bounded."""

TAIL_GROUP_ROWS_MAX = 1 << 18
"""And of at most this many rows; a block of more is a group of its own."""

PARSED_BLOCKS_MAX = 10_000
"""`parse_block` refuses an array of more different blocks."""

IMAGE_NUMBER_MAX = (1 << 31) - 1
"""`/api/image` refuses greater numbers as no request: no block has so many events."""

PAYLOADS_BYTES_MAX = 512 << 20
"""`get_payload` refuses with `resource_exhausted` to read more for the rows of one batch."""

ERROR_TEXT_BYTES_MAX = 1000
"""Longer error texts are cut: Flight carries them twice in HTTP/2 trailers, which clients bound."""

DRAIN_SECONDS_MAX = 5.0
"""Default of the setting: queries that still run this long after SIGTERM are cancelled."""

CANCEL_SECONDS_MAX = 2.0
"""A stop waits this long for cancelled queries to be gone."""

PARAMETERS_MAX = 10_000
"""A request over HTTP with more values for parameters is refused as `limit_exceeded`."""

RESULT_ROWS_MAX = 10**18 - 1
"""A request's `limit` above it is refused; nothing has so many rows."""

PARQUET_GROUP_ROWS = 1 << 18
"""A row group of a Parquet download is written when it has so many rows."""

PARQUET_GROUP_BYTES = 64 << 20
"""It is also written when its rows have so many bytes in memory."""

COMPRESSED_BYTES_MIN = 1 << 10
"""An answer that begins with less is sent as it is, whatever encoding its client accepts."""

PROGRESS_LISTENERS_MAX = 64
"""One more who follows the progress of queries over HTTP is refused as `too_many_listeners`."""

PROGRESS_LOOK_SECONDS = 0.25
"""How often a listener's query is looked at; what has changed is told."""

PROGRESS_SILENCE_SECONDS = 2.0
"""A listener is told at least this often, changed or not, so that proxies keep the connection."""

PROGRESS_APPEAR_SECONDS = 1.0
"""So long a listener waits for a query that is not there yet; after that there is none."""

HTTP_HEADER_BYTES_MAX = 16 << 10
"""Longer request headers are refused with 400, and the connection is closed."""

CLOSE_SECONDS_MAX = 2.0
"""Doors that have not closed after it are left open, and the process ends without them."""

ATTRIBUTION_CHARS_MAX = 128
"""A longer label of a client is taken for none; a longer name of a person is cut."""

AUDIT_TEXT_CHARS_MAX = 24_000
"""Longer SQL and error texts are cut in the audit record, which has to fit into one log entry."""

PROCESS_GAP_BYTES_MAX = 8 << 20
"""
Default of the setting: stored bytes of a process that a table lacks and a query decodes for itself;
more are built first, or asked for.
"""

GLOBAL_GAP_BYTES_MAX = 16 << 20
"""
Default of the setting: the same for the passed hours of a view that all processes share. Well below
BUILD_BYTES_MAX, or no such gap would ever be built here.
"""

BUILD_BYTES_MAX = 64 << 20
"""Default of the setting: a gap of more stored bytes is not built here but by a run of Dagster."""

HOURS_PASSED_SECONDS = 600.0
"""An hour that ended less long ago is no gap: materialization as usual is about to fill it."""

BUILDS_MAX = 2
"""Builds of this service at a time; further gaps wait for one of them to end."""

BUILD_LOCK_SECONDS_MAX = 120.0
"""So long one waits for another service that builds the same; then its queries read the tail."""

BUILD_WAIT_FRACTION = 0.5
"""A query waits for builds for this part of the time that it has left; then it reads the tail."""

FILLINGS_MAX = 1_000
"""Gaps that are looked after at once; of one more queries read the tail, and nothing is begun."""

FILLING_KEPT_SECONDS = 30.0
"""A request that no query has wanted for so long is not looked at any more; it goes on."""

GAP_AGAIN_SECONDS = 300.0
"""A gap that could not be filled is left alone for so long; its queries read the tail."""

GAP_LOOK_SECONDS = 2.0
"""How often the table of a gap that is waited for is looked at, besides its request."""

REQUEST_LOOK_SECONDS_MAX = 60.0
"""Nobody waits for a request when the orchestration has not looked for requests for so long."""

REQUEST_HOURS_MAX = 24 * 31
"""materialize_partitions and its like refuse more hours at a time."""

REQUEST_WAIT_SECONDS_MAX = 120.0
"""So long they show how a request goes; after that a last row says that it goes on."""

REQUEST_POLL_SECONDS = 0.5
"""How often they look for what is new."""

TLS_FILE_BYTES_MAX = 1 << 20
"""A longer certificate, key or CA file is refused: it is something else."""

TLS_LOOK_SECONDS = 5.0
"""Default of the setting: how often the TLS files are looked at."""

TLS_EXPIRY_WARNING_DAYS = 14
"""A certificate that ends sooner is warned of, once a day."""

FLIGHT_QUIET_SECONDS_MAX = 5.0
"""A Flight server that was replaced waits so long for a moment without calls before it ends."""

FLIGHT_REBIND_SECONDS_MAX = 10.0
"""A Flight door that has not got its port back by then, at a change of certificates, is said in
the log; it goes on trying."""

READY_SECONDS_MAX = 3.0
"""Whether the lake answers is answered with no after so long."""

FLIGHT_CALLS_MAX = 256
"""
Default of the setting: one more Flight call, each of which has a thread, is refused as
`too_many_calls`.
"""

FLIGHT_ACTIONS_SPARE = 16
"""So many actions (cancel, progress, health) are taken beyond it."""

HTTP_REQUESTS_MAX = 256
"""Default of the setting: one more request is refused as `too_many_requests`."""

HTTP_CONNECTIONS_MAX = 1024
"""Default of the setting: one more connection is answered `too_many_connections` and closed."""

HTTP_HEADER_SECONDS_MAX = 15.0
"""A connection on which a request's headers have not come after so long is cut."""

HTTP_BODY_SECONDS_MAX = 30.0
"""A request whose body has not come after so long is refused with 408."""

TELEMETRY_END_SECONDS_MAX = 2.0
"""At its end the service sends its last records for so long; what is left then is lost."""

LAKE_HEALTH_S = 15.0
"""How far the tables are behind is looked up at most this often, however often it is scraped."""

FOLDER_LOOK_S = 2.0
"""For so long the service goes by what it saw in the folder of definitions of views."""

OPEN_SPAN_LOOKS_MAX = 4
"""Stretches of time whose files are searched for the ends of open spans; more share stretches."""

TRACE_MEASURES_AROUND_NS = 60_000_000_000
"""How long before and after a trace's spans its measures are looked for; others are left out."""

PAGE_TRACE_BYTES_MAX = 1 << 30
"""A page that opens a trace in Perfetto's viewer says that a larger one is not for a browser."""
