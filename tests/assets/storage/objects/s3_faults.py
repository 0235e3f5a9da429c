"""A small S3 protocol server in this process, with the faults that real ones were found to have."""

import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from assets.storage.objects import S3Options

_RIVAL_SECONDS = 4


@dataclass
class Faults:
    """
    What the server does wrong.

    Attributes:
        replaces: It ignores If-None-Match.
        races: It checks and writes in two steps, and between them waits for a second put of the
            same key, so that racing ones meet however slow the machine is.
        loses: So many stored puts are not answered: the connection just closes.
        refuses: Status and code of every answer.
        garbles: It stores something else than was sent.
    """

    replaces: bool = False
    races: bool = False
    loses: int = 0
    refuses: tuple[int, str] | None = None
    garbles: bool = False
    objects: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    checked: Counter[str] = field(default_factory=Counter)
    raced: threading.Condition = field(default_factory=threading.Condition)
    requests: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faults: Faults

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        faults, create = self.faults, self.headers["If-None-Match"] == "*"
        if self._refused():
            return
        if faults.races:
            exists = self.path in faults.objects
            with faults.raced:
                faults.checked[self.path] += 1
                faults.raced.notify_all()
                faults.raced.wait_for(lambda: faults.checked[self.path] > 1, _RIVAL_SECONDS)
        with faults.lock:
            exists = exists if faults.races else self.path in faults.objects
            if create and exists and not faults.replaces:
                self._answer(412, _error("PreconditionFailed"))
                return
            marks = {k: v for k, v in self.headers.items() if k.lower().startswith("x-amz-meta-")}
            faults.objects[self.path] = (b"garbled" if faults.garbles else body, marks)
            lost, faults.loses = faults.loses > 0, faults.loses - 1
        if lost:
            self.close_connection = True
            return
        self._answer(200, b"", {"ETag": f'"{uuid.uuid4().hex}"'})

    def do_GET(self) -> None:
        if self._refused():
            return
        if self.path not in self.faults.objects:
            self._answer(404, _error("NoSuchKey"))
            return
        body, marks = self.faults.objects[self.path]
        asked = self.headers["Range"]
        if asked:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            body = body[int(first) : int(last) + 1]
        self._answer(206 if asked else 200, body, marks)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        bucket = self.path.partition("?")[0]
        for part in body.split("<Key>")[1:]:
            self.faults.objects.pop(f"{bucket}/{part.partition('</Key>')[0]}", None)
        self._answer(200, b"<DeleteResult></DeleteResult>")

    def _refused(self) -> bool:
        self.faults.requests.append(f"{self.command} {self.path}")
        if self.faults.refuses:
            status, code = self.faults.refuses
            self._answer(status, _error(code))
        return self.faults.refuses is not None

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()


@contextmanager
def faulty_server(faults: Faults) -> Iterator[S3Options]:
    """Run the server on a free loopback port; every bucket exists."""
    handler = type("Handler", (_Handler,), {"faults": faults})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            yield S3Options(url, "key", "secret", None, "us-east-1")
        finally:
            server.shutdown()
            thread.join()
