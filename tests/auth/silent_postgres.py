"""A way to Postgres that can fall silent, as a stopped machine or a network that drops packets."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit


class SilentPostgres:
    """
    Passes bytes on between clients and a Postgres.

    Attributes:
        url: The database by this way.
        flows: While cleared, connections stand, and nothing passes.
    """

    def __init__(self, database_url: str) -> None:
        parts = urlsplit(database_url)
        self._to = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._listening = socket.create_server(("127.0.0.1", 0))
        credentials, _, _ = parts.netloc.rpartition("@")
        host = f"127.0.0.1:{self._listening.getsockname()[1]}"
        netloc = f"{credentials}@{host}" if credentials else host
        self.url = parts._replace(netloc=netloc).geturl()
        self.flows = threading.Event()
        self.flows.set()
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        """End every connection."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self.flows.set()
        for one in list(self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(30)
        for one in [*self._sockets, self._listening]:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(self._to)
            self._sockets += [client, server]
            for pair in ((client, server), (server, client)):
                thread = threading.Thread(target=self._pass_on, args=pair)
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self.flows.wait()
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
