"""
A service under our own SDK, between two that are under OpenTelemetry's: a program of a test.

Told PAYMENT_URL and LIMNO_INGEST_URI, it prints its port, answers requests by asking payment, and
ends with its standard input.
"""

import json
import os
import sys
import threading
from collections.abc import Iterable
from typing import Any
from wsgiref.simple_server import make_server

import requests

import limnograph
from limnograph import log
from limnograph.integrations import requests as outgoing
from limnograph.integrations import wsgi


def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Charge what the path says."""
    number = environ["PATH_INFO"].rpartition("/")[2]
    log.info("charging order %s", number)
    paid = requests.post(f"{os.environ['PAYMENT_URL']}/charges/{number}?euros=7", timeout=60)
    start_response(f"{paid.status_code} paid", [("Content-Type", "application/json")])
    return [paid.content]


def main() -> None:
    """Serve until standard input ends; then everything has been sent."""
    limnograph.init("till")
    outgoing.instrument()
    server = make_server("127.0.0.1", 0, wsgi.Middleware(answer))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps(server.server_port), flush=True)
    sys.stdin.read()
    server.shutdown()
    assert limnograph.shutdown(60)


if __name__ == "__main__":
    main()
