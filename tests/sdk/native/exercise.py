"""
Everything at once, for tools that watch: ``python -m tests.sdk.native.exercise --rounds 100``.

Sends to a program that keeps nothing, with a flush so often that reader and writers meet.
"""

import argparse
import contextlib
import os
import socket
import threading
import time

import limnograph
from tests.sdk.native.everything import EVERYTHING, forks


def answer(server: socket.socket) -> None:
    """Answer 200 to whatever comes; bodies are read and forgotten."""
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_talk, args=(connection,), daemon=True).start()


def _talk(connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError), connection.makefile("rb") as incoming:
        while line := incoming.readline():
            length = 0
            while (line := incoming.readline()).strip():
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            incoming.read(length)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


def listening() -> str:
    """Return the address of such a server, in a thread of this process."""
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=answer, args=(server,), daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}"


def once(rounds: int) -> None:
    """Do everything, one after the other, then the most of it in threads at the same time."""
    for work in EVERYTHING:
        work(rounds)
    together = [
        threading.Thread(target=work, args=(rounds,)) for work in EVERYTHING if work is not forks
    ]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()


def main() -> None:
    """Record until the rounds or the seconds are over, then stop in good order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=0.0)
    given = parser.parse_args()
    address = listening()
    until = time.monotonic() + given.seconds
    while True:
        limnograph.init("exercise", address, level="info", flush_interval_s=0.02)
        once(given.rounds)
        assert limnograph.shutdown(60), limnograph.stats()
        if time.monotonic() >= until:
            break
    print(f"done in process {os.getpid()}: {limnograph.stats()}")


if __name__ == "__main__":
    main()
