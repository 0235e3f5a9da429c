"""A receiver for the SDK's tests: a real HTTP server that keeps what it accepts."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from limnograph.wire import container, values
from limnograph.wire.envelope import Block, Process, Request, Stream, parse_request
from tests.sdk.arrow_reading import read

Script = Callable[["Peer", int], tuple[int, dict[str, str]] | None]
"""Given the peer and the number of the request (from 0): (status, headers), or None to cut."""


def accept(_peer: "Peer", _number: int) -> tuple[int, dict[str, str]]:
    """Answer 200."""
    return 200, {}


class Peer:
    """Listens on a free port; checks every body fully; stores a block once per id."""

    def __init__(self, script: Script = accept, port: int = 0) -> None:
        self.script = script
        self.code = "x"
        self.bodies: list[bytes] = []
        self.connections = 0
        self.processes: dict[str, Process] = {}
        self.streams: dict[str, Stream] = {}
        self.blocks: dict[str, tuple[Block, dict[str, Any]]] = {}
        self.lock = threading.Lock()
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                with peer.lock:
                    peer.connections += 1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.path == "/v1/blocks"
                with peer.lock:
                    number = len(peer.bodies)
                    peer.bodies.append(body)
                answer = peer.script(peer, number)
                if answer is None:
                    self.close_connection = True
                    return
                status, headers = answer
                if status == 200:
                    peer.store(parse_request(body))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                text = b'{"error":{"code":"%s","message":"as scripted"}}' % peer.code.encode()
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def store(self, request: Request) -> None:
        """Check and keep a request, as a receiver and then a decoder would."""
        with self.lock:
            self.processes[request.process.process_id] = request.process
            self.streams.update({stream.stream_id: stream for stream in request.streams})
            for block, payload in zip(request.blocks, request.payloads, strict=True):
                opened = container.open(payload)
                times = (block.begin_time_ns, block.end_time_ns)
                values.check(opened, nb_objects=block.nb_objects, time_range_ns=times)
                assert block.stream_id in self.streams
                self.blocks.setdefault(block.block_id, (block, read(bytes(payload))))

    def rows(self, tag: str, process_id: str | None = None) -> list[dict[str, Any]]:
        """Return the stored rows of a tag, each with its site's fields and its stream's."""
        found = []
        with self.lock:
            for block, content in self.blocks.values():
                stream = self.streams[block.stream_id]
                if stream.tags != (tag,) or process_id not in {None, block.process_id}:
                    continue
                columns = dict(content["columns"])
                columns.setdefault("properties", [[]] * content["rows"])
                for row in zip(*columns.values(), strict=True):
                    fields = dict(zip(columns, row, strict=True))
                    site = content["sites"][fields["site"]]
                    fields["properties"] = dict(fields["properties"])
                    found.append({**site, **fields, "stream": stream, "block": block})
        return found

    def dropped(self, tag: str) -> int:
        """Return the drops that the stored blocks of a tag tell."""
        with self.lock:
            return sum(
                content["dropped"]
                for block, content in self.blocks.values()
                if self.streams[block.stream_id].tags == (tag,)
            )
