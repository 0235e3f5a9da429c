"""
The receiver's limits; what happens at each is in its sentence. Counts and text lengths of the
native format stand in ``limnograph.wire.limits``.
"""

MIB = 1024 * 1024

WIRE_BODY_BYTES_MAX = 16 * MIB
"""A longer request body, as sent, is refused with 413: send less per request."""

BODY_BYTES_MAX = 64 * MIB
"""A body that decompresses to more is refused with 413; decompression stops at this point."""

PAYLOAD_BYTES_MAX = 16 * MIB
"""A longer block payload is refused with 413: flush the stream earlier."""

IN_FLIGHT_BYTES_MAX = 256 * MIB
"""Requests that would bring the bytes held in memory over this are answered 503. Each group being
written holds a copy of its segment besides."""

BODY_READ_S_MAX = 30.0
"""A body that has not arrived after this time is given up with 503, so that slow senders do not
hold memory that others need."""

SEGMENT_BYTES = 8 * MIB
"""A group is flushed as soon as it holds this much; one larger request still is one segment."""

GROUP_AGE_S_MAX = 0.020
"""A group is flushed when its oldest request has waited this long."""

GROUP_AGE_S_MIN = 0.0
"""How long a request waits for company although nothing is being written: not at all."""

GROUP_REQUESTS_MAX = 1_024
"""A group has at most this many requests; more wait for the next one."""

GROUP_BLOCKS_MAX = 8_192
"""A group is flushed as soon as it holds this many blocks, so that a transaction stays short."""

FLUSHES_MAX = 4
"""Groups written at the same time; further ones grow until one of these has finished."""

COMMIT_S_MAX = 30.0
"""A Postgres transaction that takes longer is given up; its requests are answered 503."""

CONNECTION_WAIT_S_MAX = 5.0
"""Waiting longer than this for a Postgres connection is an outage: 503."""

INLINE_DECOMPRESSION_BYTES_MAX = 64 * 1024
"""A longer compressed body is decompressed in a thread, so that other requests go on."""

DECOMPRESSIONS_MAX = 2
"""Bodies decompressed in threads at the same time; more wait. Their output is counted as in
flight when it is complete, so at most this many bodies exceed the in-flight limit."""

DECOMPRESSION_STEP_BYTES = MIB
"""Decompression produces at most this much at once, and looks at the limit in between."""

ZSTD_WINDOW_LOG_MAX = 26
"""A zstd body may ask for a window of at most 64 MiB; more is refused with 400."""

RETRY_AFTER_S = 1
"""What ``Retry-After`` says on every 5xx."""

OTLP_FIELDS_MAX = 200_000
"""Fields of an OTLP request, or of one of its resources, that are no records (scopes, attributes);
more is refused with 413, since they are read one by one: export smaller batches."""

GRPC_MESSAGE_SLACK_BYTES = MIB
"""A gRPC message over wire_body_bytes_max by at most this is answered with the limit's name; of a
longer one the library tells the two lengths only, both RESOURCE_EXHAUSTED."""

GRPC_READ_BYTES = MIB
"""Reserved for a gRPC message while it arrives, since the library does not tell its length before;
then its length is. A call for which this much is not there is answered UNAVAILABLE."""

GRPC_READS_MAX = 32
"""Messages of gRPC calls that arrive at the same time, each of wire_body_bytes_max at most: what is
over GRPC_READ_BYTES is held besides. Further calls wait, with 64 KiB of their message here."""

GRPC_FAIR_READ_S_MAX = 3.0
"""While calls wait for that, a message that takes longer to arrive is given up as UNAVAILABLE."""

GRPC_CALLS_MAX = 2_048
"""gRPC calls at the same time; further ones are answered UNAVAILABLE at once."""

GRPC_STREAMS_MAX = 256
"""Calls at the same time on one connection; its client holds further ones back."""

GRPC_CONNECTIONS_MAX = 4_096
"""gRPC connections at the same time; further ones are closed."""

GRPC_PING_INTERVAL_S_MIN = 5
"""A client that pings more often, three times, is disconnected with ENHANCE_YOUR_CALM."""

GRPC_KEEPALIVE_S = 60
"""A gRPC connection that is silent this long is asked whether the client is there."""

GRPC_KEEPALIVE_TIMEOUT_S = 20
"""Without an answer to that in this time it is closed."""

GRPC_METADATA_BYTES_MAX = 16 * 1024
"""A gRPC call with more metadata is answered RESOURCE_EXHAUSTED by the library; up to a quarter
more it decides by chance, and until a client has confirmed the limit it allows 16 MiB."""

JSON_HELD_TIMES = 4
"""An OTLP/JSON body counts as this many times its bytes in flight: its protobuf is half of it, may
be there twice while it grows, and the blocks that are cut from it come beside it."""

LOKI_HELD_TIMES = 8
"""A push of Loki's clients counts as this many times its bytes in flight: as JSON its lines are
objects of Python for a while, and labels are repeated for each line in what is stored."""

WEBHOOK_HELD_TIMES = 3
"""A webhook counts as this many times its bytes in flight: the body, the record, the block."""

LOKI_LABELS_BYTES_MAX = 4 * MIB
"""Labels of all streams of a protobuf push, which are text that is parsed; more is refused with
413: push smaller batches."""

LOKI_STREAMS_MAX = 20_000
"""Streams of a push; more is refused with 413, since each may be a process: push smaller
batches."""

FIREHOSE_HELD_TIMES = 4
"""A delivery of Firehose counts as this many times its bytes in flight: its text, its records, what
they hold unpacked, and the blocks."""

FIREHOSE_RECORDS_MAX = 10_000
"""Records of a delivery, which is the most that Firehose sends; more is refused with 413."""

FIREHOSE_ATTRIBUTES_MAX = 50
"""Common attributes of a delivery, the most that Firehose has; more is refused with 413."""

FIREHOSE_FIELDS_MAX = 1_000_000
"""Fields of a record of a metric stream that are looked at one by one (those of resources, scopes,
metrics and of the first point of each); a record with more is refused with 413."""

FIREHOSE_ERROR_CHARS_MAX = 8_192
"""What Firehose reads of an error's message; the rest is cut off."""

OTLP_KNOWN_RESOURCES_MAX = 4_096
"""Resources whose meaning is remembered; one that was not seen for longest is read anew later."""

OTLP_KNOWN_RESOURCE_BYTES_MAX = 2_048
"""A longer resource is read each time it comes, so that what is remembered stays small."""

READY_CACHE_S = 1.0
"""A successful readiness check answers for this long, so that probes cost the lake nothing."""

READY_CHECK_S_MAX = 3.0
"""A readiness check that takes longer has failed."""

SWEEP_INTERVAL_S = 15.0
"""How often orphans are looked for, tomorrow's partition is made and old block ids go."""

DRAIN_S_MAX = 8.0
"""After SIGTERM, requests in progress get this long; then their connections are closed."""

LAST_FLUSH_S_MAX = 1.5
"""After that, groups that are still being written get this long; their senders send again."""

DISCARD_BYTES_MAX = 64 * MIB
"""Of a body that is refused unread, at most this much is read and dropped, so that the sender
sees the answer instead of a broken connection."""

ACCESS_LOG_LINES_MAX = 10_000
"""Lines of the access log that may wait for a slow standard output; further ones are dropped."""

REMOTE_WRITE_HELD_TIMES = 8
"""A request of remote write counts as this many times its bytes in flight: the body, its points
under construction, the messages of all targets, the blocks; version 2.0 says a text once that is
written out for each series."""

REMOTE_WRITE_FAMILIES_MAX = 20_000
"""Families of metrics that remote write 1.0 has described and that are remembered; of more, the one
that was not described for longest is forgotten, and its samples have no type."""

REMOTE_WRITE_FAMILY_BYTES_MAX = 2_048
"""Name, help and unit of such a family; one with more is not remembered."""
