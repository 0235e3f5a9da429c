"""Documents of a provider: how long and how large they may be."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from auth.documents import fetch_json
from auth.errors import ProviderUnavailable
from auth.limits import PROVIDER_BYTES_MAX
from tests.auth.provider import Provider

Send = Callable[[socket.socket, threading.Event], None]
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"


def dripping(begin: bytes, drops: bytes) -> Send:
    """Return what sends *drops* one by one, none too late, and is done long after its time."""

    def send(connected: socket.socket, over: threading.Event) -> None:
        connected.sendall(begin)
        for drop in drops:
            if over.wait(0.05):
                return
            connected.sendall(bytes([drop]))

    return send


@contextmanager
def serving(send: Send) -> Iterator[str]:
    """Serve one request; yields where."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connected, _ = listening.accept()
            with connected:
                connected.recv(65_536)
                try:
                    send(connected, over)
                except OSError:
                    over.set()  # whoever asked has left

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/keys"
        finally:
            over.set()
            thread.join(30)


@pytest.mark.parametrize(
    "send",
    [
        dripping(LENGTH, b"{}".ljust(100)),
        dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"a" * 100 + b"\r\n\r\n{}"),
        dripping(b"", LENGTH + b"{}".ljust(100)),
    ],
    ids=["in the body", "in a header", "from the beginning"],
)
def test_a_provider_that_drips_is_away(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The limit is that of the whole fetch, not of each byte: a document that comes after it is none.
    """
    monkeypatch.setattr("auth.documents.PROVIDER_TIMEOUT_S", 0.5)
    with serving(send) as url, pytest.raises(ProviderUnavailable):
        fetch_json(url)


def test_a_document_that_comes_in_time_is_read(provider: Provider) -> None:
    """
    With and without a length.
    """
    assert fetch_json(f"{provider.issuer}/keys")["keys"]

    def send(connected: socket.socket, _: threading.Event) -> None:
        connected.sendall(b'HTTP/1.1 200 OK\r\n\r\n{"a": 1}')

    with serving(send) as url:
        assert fetch_json(url) == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b"[]", b"nonsense", b"\xff\xfe\x00", b" " * (PROVIDER_BYTES_MAX + 1)],
    ids=["deep", "a list", "no JSON", "no text", "too long"],
)
def test_what_is_no_document_is_a_provider_that_is_away(body: bytes) -> None:
    """
    Nothing that a provider sends is a fault here.
    """

    def send(connected: socket.socket, _: threading.Event) -> None:
        connected.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + body)

    with serving(send) as url, pytest.raises(ProviderUnavailable):
        fetch_json(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:x/keys", "http://\udcff/", "http://[/"])
def test_an_address_that_is_none_is_a_provider_that_is_away(url: str) -> None:
    """
    Discovery documents hold whatever a provider writes into them.
    """
    with pytest.raises(ProviderUnavailable):
        fetch_json(url)
