"""Starting the warden, with the environment in which its workers load the engine."""

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from query_engine.limits import (
    ALLOCATED_FRACTION,
    QUERY_MEMORY_BYTES_MAX,
    SPILL_BYTES_MAX,
    SPILL_FRACTION,
)

_MIB = 1 << 20
_ENGINE_BYTES = 64 << 20
"""What an engine holds before its first query."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolOptions:
    """
    How workers are made.

    Attributes:
        workers_max: At most so many at once.
        memory_bytes_max: What one query may use.
        spill_bytes_max: What one worker may move to disk.
        threads: Of one worker's engine; None for one per core.
        scratch: Directory on local disk; one of our own is made in it.
    """

    workers_max: int
    memory_bytes_max: int = QUERY_MEMORY_BYTES_MAX
    spill_bytes_max: int = SPILL_BYTES_MAX
    threads: int | None = None
    scratch: Path = Path("/var/tmp")  # noqa: S108


def start_warden(
    options: PoolOptions, directory: Path
) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start the process that starts workers; returns the service's end of their socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "query_engine.workers.warden",
                str(theirs.fileno()),
                str(directory),
            ],
            env=_environment(options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    return ours, process


def _environment(options: PoolOptions) -> dict[str, str]:
    memory = options.memory_bytes_max
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        # The engine spills first, stops itself when it has allocated far too much, and is ended by
        # the warden when what it really uses is over the limit.
        "POLARS_OOC_MEMORY_BUDGET_MB": str(max(1, int(memory * SPILL_FRACTION) // _MIB)),
        "POLARS_OOC_DISK_BUDGET_MB": str(max(1, options.spill_bytes_max // _MIB)),
        "POLARS_OOMKILL_THRESHOLD_MB": str(
            (int(memory * ALLOCATED_FRACTION) + _ENGINE_BYTES) // _MIB
        ),
        # Its default pool gives the buffers of each batch back to the kernel before the next one.
        "ARROW_DEFAULT_MEMORY_POOL": "jemalloc",
        # numpy comes with pyarrow and is not used for sums.
        "OPENBLAS_NUM_THREADS": "1",
    }
    if options.threads is not None:
        environment["POLARS_MAX_THREADS"] = str(options.threads)
    return environment
