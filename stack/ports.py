"""TCP ports of this machine: whether one is free, and finding a free one."""

import errno
import socket
from collections.abc import Container, Iterable

LOOPBACK = "127.0.0.1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """
    Tell whether no other server listens on *port* now.

    Raises:
        OSError: Nothing can ever listen there: no such host here, or a port for root only.
    """
    with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
        # As servers do it: connections of an ended server that linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            if exc.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def is_free_on_all(port: int, hosts: Iterable[str]) -> bool:
    """Tell whether no other server listens on *port* at any of *hosts*, as far as they exist."""
    for host in hosts:
        try:
            if not is_free(port, host):
                return False
        except OSError:
            continue  # a machine without IPv6
    return True


def free_port(host: str = LOOPBACK, *, without: Container[int] = ()) -> int:
    """
    Return a port that is free now, none of *without*; another program may still take it first.

    Raises:
        OSError: Nothing can listen on *host*.
    """
    while True:
        with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
            probe.bind((host, 0))
            port = int(probe.getsockname()[1])
        if port not in without:
            return port


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
