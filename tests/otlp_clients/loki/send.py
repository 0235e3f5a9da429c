"""
Loki's libraries for Python and Node: one of them sends lines, then its ledger is printed.

A ledger has ``lines``: what each row has to have.
"""

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LINES = 200
LEVELS = {"debug": 5, "info": 4, "warning": 3, "error": 2, "critical": 1}
SERVICE = os.environ["OTEL_SERVICE_NAME"]
URL = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/loki/api/v1/push"


def logging_loki() -> list[dict]:
    """One request for each line, whose tags are labels; some of them are numbers."""
    from logging_loki import LokiHandler

    logger = logger_with(LokiHandler(URL, tags={"app": SERVICE, "env": "test"}, version="1"))
    lines = []
    for number, (level, told) in each():
        text = f'line {number} \N{GRINNING FACE} "quoted"\n\ttail'
        logger.log(getattr(logging, level.upper()), text, extra={"tags": {"order": number}})
        labels = {"app": SERVICE, "env": "test", "severity": level, "logger": "shop.cart"}
        lines.append(
            {
                "msg": text,
                "level": told,
                "target": "shop.cart",
                "properties": labels | {"order": str(number), "otel.scope.name": "shop.cart"},
            }
        )
    return lines


def loki_logger_handler() -> list[dict]:
    """Batches of JSON lines with structured metadata, packed with gzip, the last at the end."""
    from loki_logger_handler.loki_logger_handler import LokiLoggerHandler

    handler = LokiLoggerHandler(
        url=URL,
        labels={"app": SERVICE},
        label_keys=["level"],
        timeout=0.05,
        compressed=True,
        enable_self_errors=True,
        enable_structured_loki_metadata=True,
        loki_metadata={"region": "eu"},
        loki_metadata_keys=["order"],
    )
    logger = logger_with(handler)
    lines = []
    for number, (level, told) in each():
        text = f"line {number}"
        logger.log(getattr(logging, level.upper()), text, extra={"order": number})
        labels = {"app": SERVICE, "level": level.upper()}
        lines.append(
            {
                "json": {"message": text, "name": "shop.cart"},
                "level": told,
                "target": "",
                "properties": labels | {"region": "eu", "order": str(number)},
            }
        )
    return lines


def in_node(library: str) -> list[dict]:
    """Let a library of Node send; modules are looked for above the program."""
    with tempfile.TemporaryDirectory(dir=sys.prefix) as folder:
        program = shutil.copy(Path(__file__).with_suffix(".mjs"), folder)
        done = subprocess.run(
            ["node", program, library, str(LINES)], capture_output=True, check=False
        )
    *said, ledger = done.stdout.decode().splitlines() or [""]
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr, done.stderr.decode()
    assert not said, said
    return json.loads(ledger)


def each():
    """Return numbers of lines, each with a level and what it is here."""
    levels = list(LEVELS.items())
    return [(number, levels[number % len(levels)]) for number in range(LINES)]


def logger_with(handler: logging.Handler) -> logging.Logger:
    """Return a logger that has only this handler."""
    logger = logging.getLogger("shop.cart")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    return logger


IN_PYTHON = {"logging_loki": logging_loki, "loki_logger_handler": loki_logger_handler}

if __name__ == "__main__":
    chosen = sys.argv[1]
    sent = IN_PYTHON[chosen]() if chosen in IN_PYTHON else in_node(chosen)
    print(json.dumps({"lines": sent}))
