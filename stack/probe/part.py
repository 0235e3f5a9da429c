"""The probe as a part that ``limnod up`` keeps running, and where it finds the doors."""

import sys
from collections.abc import Callable, Mapping

from stack.addresses import Addresses
from stack.limits import PROBE_STOP_S
from stack.program import PartSpec

MODULE = "stack.probe"


def probe_parts(
    at: Addresses,
    environment: Mapping[str, str],
    interval_s: float,
    say: Callable[[str], None],
) -> list[PartSpec]:
    """Return the probe as a part of one machine; none where it could not ask."""
    if at.query_client_certificates:
        say("no probe: the query service wants client certificates, and the probe has none")
        return []
    return [
        PartSpec(
            name="probe",
            command=(sys.executable, "-m", MODULE, "--interval", str(interval_s)),
            environment={**environment, **doors_of(at)},
            status=lambda: "ready",
            after=("ingest", "query"),
            stop_s_max=PROBE_STOP_S,
        )
    ]


def doors_of(at: Addresses) -> dict[str, str]:
    """Return the variables by which the probe finds the doors; `limnod` trusts its own parts."""
    trust = {"LIMNO_TLS_VERIFY": "false"} if at.query_tls else {}
    return {"LIMNO_INGEST_URI": at.ingest_url, "LIMNO_QUERY_URI": at.flight_url, **trust}
