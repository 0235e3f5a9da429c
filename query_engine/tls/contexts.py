"""
The HTTP door's TLS context: one object for the server, another certificate for each handshake.

Decided: the server keeps the context that it was given at its start. Loading a new chain into that
one would change it in two steps, and could not take back a client CA; so every handshake is handed
over to the newest context as a whole.
"""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from query_engine.errors import TlsUnusable
from query_engine.tls.identity import Identity


class HttpTls:
    """
    What the HTTP door's handshakes use; `use` changes it for those to come.

    Attributes:
        context: For the server, for as long as it lives.
    """

    def __init__(self, identity: Identity) -> None:
        self._current = context_of(identity)
        self.context = context_of(identity)
        self.context.sni_callback = self._choose

    def use(self, context: ssl.SSLContext) -> None:
        """Let the next handshakes use another context."""
        self._current = context

    def _choose(
        self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, server: ssl.SSLContext
    ) -> None:
        """Called in each handshake, with or without a server name."""
        del name, server
        connection.context = self._current


def context_of(identity: Identity) -> ssl.SSLContext:
    """
    Return a server's context.

    Raises:
        TlsUnusable: OpenSSL refuses what was found correct: a weak key, for example.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        with _in_memory(identity.key + b"\n" + identity.certificate) as path:
            context.load_cert_chain(path)
        if identity.client_ca is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=identity.client_ca.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError) as exc:
        raise TlsUnusable(f"the TLS files cannot be used: {exc}") from exc
    return context


@contextmanager
def _in_memory(data: bytes) -> Iterator[str]:
    """Give *data* a path, which OpenSSL wants, without writing a key to a disk."""
    descriptor = os.memfd_create("tls", os.MFD_CLOEXEC)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(data)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
