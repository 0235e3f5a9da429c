"""
What the service and the warden of its workers say to each other: small JSON arrays.

The service asks for a worker to be started (its end of the socket comes along), watched while it
runs a plan, left in peace afterwards, or ended. The warden tells when a plan's memory changes, when
a worker is back in peace, and when one has ended.
"""

import json
import socket
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Final, Literal

MESSAGE_BYTES_MAX: Final = 64 << 10

Order = Literal["start", "watch", "rest", "end"]
Kind = Literal["usage", "rested", "settled", "swollen", "ended"]
Why = Literal["", "memory", "time", "told"]
"""Why the warden ended a worker; "" when it did not."""


@dataclass(frozen=True, slots=True)
class Command:
    """
    One order about one worker.

    Attributes:
        seconds: Of ``watch``: when to end it.
        memory_bytes_max: Of ``watch``: the anonymous memory at which to end it.
    """

    order: Order
    worker: int
    seconds: float = 0.0
    memory_bytes_max: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """
    What has become of one worker.

    Attributes:
        kind: ``usage`` while it runs a plan, ``rested`` after ``rest``, a while later ``settled``
            or, when it keeps too much memory although it rests, ``swollen``; ``ended`` when its
            process is gone.
        memory_bytes: Anonymous memory of its plan now.
        peak_bytes: The most it was.
        read_bytes: What it has read from files for the plan.
        why: Of ``ended``: why the warden ended it.
        status: Of ``ended``: as `os.waitpid` returns it.
        said: What it wrote to stderr, the end of it.
        pid: Its process.
    """

    kind: Kind
    worker: int
    memory_bytes: int = 0
    peak_bytes: int = 0
    read_bytes: int = 0
    why: Why = ""
    status: int = 0
    said: str = ""
    pid: int = 0


_VALUES: Final = {
    kind: attrgetter(*(field.name for field in fields(kind))) for kind in (Command, Report)
}


def send(to: socket.socket, message: Command | Report, descriptors: tuple[int, ...] = ()) -> None:
    """Send one message, with file descriptors of which the receiver gets copies."""
    data = json.dumps(_VALUES[type(message)](message)).encode()
    if descriptors:
        socket.send_fds(to, [data], list(descriptors))
    else:
        to.send(data)


def receive_command(source: socket.socket) -> tuple[Command, list[int]] | None:
    """Return the next order and the descriptors that came along; None when the service is gone."""
    data, descriptors, _, _ = socket.recv_fds(source, MESSAGE_BYTES_MAX, 1)
    return (Command(*json.loads(data)), descriptors) if data else None


def receive_report(source: socket.socket) -> Report | None:
    """Return the next report; None when the warden is gone."""
    data = source.recv(MESSAGE_BYTES_MAX)
    return Report(*json.loads(data)) if data else None
