"""
What a process leaves so that another can speak for it, and the event that says how it ended.

Rule: everything here is the same however often it is said: a process that dies while it speaks for
a dead one is followed by a next one.
"""

import json
from dataclasses import asdict

from limnograph.outgoing import LOGS, Outgoing
from limnograph.wire import build
from limnograph.wire.container import Clock, encode
from limnograph.wire.envelope import BLOCK_FORMAT, Block, Process, Stream, encode_request
from limnograph.wire.streams import LOG_STREAM, derived_id

FILE = "process.json"

_END_BLOCK = -1
_FATAL = 1
_TEXT = "the process ended abnormally: it was killed, it crashed, or it left without its exit hooks"


def written(process: Process) -> str:
    """Return what ``process.json`` holds."""
    return json.dumps(asdict(process))


def read(text: str) -> Process:
    """
    Return the process that wrote *text*.

    Raises:
        ValueError: It was not written by ``written``.
    """
    try:
        return Process(**json.loads(text))
    except TypeError as exc:
        raise ValueError(str(exc)) from exc


def log_stream(process: Process) -> Stream:
    """Return the stream of the process's log."""
    return Stream(
        stream_id=derived_id(process.process_id, LOG_STREAM),
        process_id=process.process_id,
        format=BLOCK_FORMAT,
        tags=("log",),
    )


def abnormal_end(process: Process, log_rows: int, time_ns: int, fault: str = "") -> Outgoing:
    """
    Return the request with the one fatal event that marks an abnormal end.

    Args:
        process: Who ended.
        log_rows: How many events its log had before.
        time_ns: When it was last known to live, Unix ns.
        fault: What the interpreter wrote when it crashed.
    """
    clock = Clock(process.tsc_frequency, process.start_ticks, process.start_time_ns)
    since = max(0, time_ns - process.start_time_ns) * process.tsc_frequency // 1_000_000_000
    site = {"name": _TEXT, "target": "limnograph", "file": "", "line": 0, "unit": ""}
    properties = {"process.end": "abnormal", "process.pid": process.properties.get("pid", "")}
    if fault:
        properties["exception.message"] = fault.partition("\n")[0]
        properties["exception.stacktrace"] = fault
    payload = encode(
        "log",
        1,
        [
            build.fixed("time", "int64", [since]),
            build.fixed("site", "uint32", [0]),
            build.fixed("level", "uint8", [_FATAL]),
            build.utf8("msg", [_TEXT]),
            build.mapping("properties", [properties]),
        ],
        sites=[site],
        clock=clock,
    )
    at_ns = clock.unix_ns(process.start_ticks + since)
    stream = log_stream(process)
    block = Block(
        block_id=derived_id(process.process_id, _END_BLOCK),
        stream_id=stream.stream_id,
        process_id=process.process_id,
        begin_time_ns=at_ns,
        end_time_ns=at_ns,
        begin_ticks=since,
        end_ticks=since,
        nb_objects=1,
        object_offset=log_rows,
        payload_size=len(payload),
    )
    body = encode_request(process, [stream], [(block, payload)])
    return Outgoing(body, blocks=1, rows=[("log", 1)], rank=LOGS)
