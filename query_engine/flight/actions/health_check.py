"""
HealthCheck: whether queries can be answered, for who has only the Flight door.

The health service of gRPC cannot be offered: pyarrow registers no other services.
"""

import json
from collections.abc import Iterator

from query_engine.flight.action import Action
from query_engine.flight.request import Request


def run(request: Request) -> Iterator[bytes]:
    """Yield one JSON object when all is well; else the call fails as UNAVAILABLE."""
    request.engine.check_ready()
    yield json.dumps({"status": "ready"}).encode()


HEALTH_CHECK = Action(
    name="HealthCheck",
    doc='Answers {"status": "ready"} when queries can be answered, else UNAVAILABLE and why.',
    run=run,
)
