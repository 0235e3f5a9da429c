"""examples/web_shop as a process of its own, until it has sent everything."""

import json
import os
import subprocess
import sys
from typing import Any

SECONDS_MAX = 240.0


def run_shop(ingest: str, *options: str, seconds: float = 5.0) -> dict[str, Any]:
    """
    Let customers in for so long; returns what the shop says that it sent.

    Args:
        ingest: Address of the receiver.
        options: More arguments of the shop.
        seconds: How long it is open.
    """
    done = subprocess.run(
        [sys.executable, "-m", "examples.web_shop", "--seconds", str(seconds), *options],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "LIMNO_INGEST_URI": ingest,
        },
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert told["dropped"] == {}
    return told
