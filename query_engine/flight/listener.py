"""
Taking a port away from a gRPC server that goes on with its connections.

Decided: pyarrow can only end a server as a whole. So the socket that it listens on is found among
this process's descriptors and shut down: the kernel refuses new connections from then on and gives
the port free, gRPC closes its acceptor (and says so on standard error, a line beginning with
"Closing acceptor"), and its connections never notice. Where descriptors cannot be listed nothing is
done.
"""

import contextlib
import os
import socket
import stat
from pathlib import Path

_DESCRIPTORS = Path("/proc/self/fd")


def stop_listening(port: int) -> bool:
    """Shut down what listens on *port* in this process; returns whether there was something."""
    if not _DESCRIPTORS.is_dir():
        return False
    names = [entry.name for entry in _DESCRIPTORS.iterdir()]
    return any([_shut_down_listener(int(name), port) for name in names])  # noqa: C419  (all of them)


def _shut_down_listener(descriptor: int, port: int) -> bool:
    """Shut a descriptor down if it listens on *port*; others are left alone."""
    with contextlib.suppress(OSError):
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as found:
        if found.family not in {socket.AF_INET, socket.AF_INET6}:
            return False
        listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        if listens and found.getsockname()[1] == port:
            found.shutdown(socket.SHUT_RDWR)
            return True
    return False
