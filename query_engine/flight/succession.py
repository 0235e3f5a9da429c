"""
The Flight door and its successors: one listens, those before it end their streams.

Decided: pyarrow cannot change the certificate of a server, so a new server takes the port over. The
old one stops listening first, and is ended, which sends its clients to the new one, when that
listens and no call is under way, or after some seconds; calls that are under way then go on to
their end. So connections are refused only for the millisecond that the new listener takes: the port
cannot be shared, because pyarrow turns that off.
"""

import logging
import socket
import time
from collections.abc import Callable
from threading import Event, Lock, Thread

import pyarrow as pa

from query_engine.errors import TlsUnusable
from query_engine.flight.listener import stop_listening
from query_engine.flight.server import FlightDoor
from query_engine.limits import FLIGHT_QUIET_SECONDS_MAX, FLIGHT_REBIND_SECONDS_MAX
from query_engine.tls.identity import Identity

log = logging.getLogger(__name__)

_STEP_S = 0.0005

OpenDoor = Callable[[int, Identity | None], FlightDoor]
"""Makes a door that listens on a port (0: a free one) with a certificate, if any."""


class FlightDoors:
    """
    Listens from the moment it is made.

    Args:
        open_door: Makes the servers; what has to outlive them stays outside of them.
        host: Where they listen.
        port: The port that they hand on; 0 takes a free one.
        identity: Certificate and key; None listens without TLS.

    Attributes:
        port: Where it listens.

    Raises:
        OSError: The address cannot be listened on.
        TlsUnusable: gRPC refuses the certificate.
    """

    def __init__(
        self, open_door: OpenDoor, host: str, port: int, identity: Identity | None
    ) -> None:
        self._open_door, self._host = open_door, host
        self._lock = Lock()
        self._closed = Event()
        self._endings: list[Thread] = []
        bound(host, port).close()
        self._door = self._opened(port, identity)
        self.port: int = self._door.port

    def replace(self, identity: Identity) -> None:
        """
        Let new connections meet another certificate; streams that run go on to their end.

        Raises:
            TlsUnusable: gRPC refuses the certificate; the old door goes on.
        """
        with self._lock:
            if self._closed.is_set():
                return
            # A rehearsal on another port: once the old door is closed there is no way back.
            self._opened(0, identity).shutdown()
            begun = time.monotonic()
            old, freed = self._door, stop_listening(self.port)
            if not freed:
                self._end(old)
            door = self._successor(identity)
            if door is None:
                return
            self._door = door
            if freed:
                self._end(old, when_quiet=True)
            log.info(
                "the Flight door was reopened; connections were refused for up to %.1f ms",
                (time.monotonic() - begun) * 1e3,
            )

    def shutdown(self) -> None:
        """Stop listening and wait, without a deadline, for the streams of all doors."""
        self._closed.set()
        with self._lock:
            self._end(self._door)
            endings = list(self._endings)
        for ending in endings:
            ending.join()

    def _successor(self, identity: Identity) -> FlightDoor | None:
        """Open a door on the port as soon as it is free; None if all is over before that."""
        complain_at = time.monotonic() + FLIGHT_REBIND_SECONDS_MAX
        while not self._closed.is_set():
            try:
                bound(self._host, self.port).close()
                return self._opened(self.port, identity)
            except (OSError, TlsUnusable) as error:
                if time.monotonic() > complain_at:
                    log.error("the Flight door cannot be reopened, trying on: %s", error)  # noqa: TRY400
                    complain_at = time.monotonic() + FLIGHT_REBIND_SECONDS_MAX
            time.sleep(_STEP_S)
        return None

    def _end(self, door: FlightDoor, *, when_quiet: bool = False) -> None:
        """Close a door, which takes as long as its streams, in a thread."""

        def end() -> None:
            # A call that begins in the very moment of the shutdown is cancelled by gRPC.
            deadline = time.monotonic() + FLIGHT_QUIET_SECONDS_MAX
            while when_quiet and door.calls and time.monotonic() < deadline:
                if self._closed.wait(_STEP_S):
                    break
            door.shutdown()

        self._endings = [ending for ending in self._endings if ending.is_alive()]
        ending = Thread(target=end, name="flight-shutdown", daemon=True)
        ending.start()
        self._endings.append(ending)

    def _opened(self, port: int, identity: Identity | None) -> FlightDoor:
        try:
            return self._open_door(port, identity)
        except pa.ArrowException as exc:
            # All that it says is that it did not start; that the port is free was seen before.
            raise TlsUnusable(
                f"the Flight door does not start on {self._host}:{port}"
                + (" with these TLS files" if identity else "")
                + "; lines of gRPC on standard error say more"
            ) from exc


def bound(host: str, port: int) -> socket.socket:
    """
    Return a socket that is bound but does not listen yet.

    Raises:
        OSError: The address is in use or is not ours.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as exc:
        listener.close()
        raise OSError(exc.errno, f"cannot listen on {host}:{port}: {exc.strerror}") from exc
    return listener
