"""
What an installed package must be able to do, in any environment: record and send.

Run with the environment's own interpreter; prints one JSON object. Needs nothing but the package.
"""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import limnograph
from limnograph import log, metric, recorder, span
from limnograph.wire import container
from limnograph.wire.envelope import parse_request

LATENCY = metric("latency", "ms")
WORK = span("work")
ROWS: dict[str, int] = {}


class Handler(BaseHTTPRequestHandler):
    """Stores how many rows of each kind arrived."""

    def do_POST(self) -> None:
        """Check the request as a receiver does."""
        request = parse_request(self.rfile.read(int(self.headers["Content-Length"])))
        for block, payload in zip(request.blocks, request.payloads, strict=True):
            opened = container.open(payload)
            ROWS[opened.header["kind"]] = ROWS.get(opened.header["kind"], 0) + block.nb_objects
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@WORK
def decorated(number: int) -> int:
    """Log and measure inside of a span."""
    log.info("number %d of %s", number, "some", shop=number, open=True, none=None)
    LATENCY.record(number / 2, route="/")
    LATENCY.record(number)
    return number


@span("task")
async def task(number: int) -> None:
    """Switch to other tasks inside of spans."""
    with WORK(number=number):
        await asyncio.sleep(0)
        log.warning("in task", number=number)


async def tasks() -> None:
    """Run ten at once."""
    await asyncio.gather(*(task(number) for number in range(10)))


def main() -> None:
    """Record from threads and tasks, send, and print what arrived."""
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    assert limnograph.init("smoke", f"http://127.0.0.1:{server.server_port}")
    threads = [threading.Thread(target=lambda: list(map(decorated, range(100)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(tasks())
    try:
        with WORK:
            int("expected")
    except ValueError:
        log.error("caught")
    complete = limnograph.shutdown(30)
    stats = limnograph.stats()
    server.shutdown()
    found = {
        "native": recorder.NATIVE,
        "complete": complete,
        "failures": stats.failures,
        "dropped": sum(stats.dropped.values()),
        "rows": ROWS,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
