"""
Fuzzes the doors of the receiver in Python with atheris, which is not among the tests' packages.

``python tests/ingest_api/fuzz_doors.py DOOR [libFuzzer's options]``, such as ``"loki json"
-max_total_time=60``; without a name it lists them. It ends at an error that nobody meant.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["ingest_api", "assets.otlp_wire", "assets.prometheus_wire"]
):
    from assets.errors import CallerError
    from tests.ingest_api.doors import doors


def main() -> None:
    """Fuzz one door, from the bodies that it takes on."""
    known = dict(doors())
    if len(sys.argv) < 2 or sys.argv[1] not in known:
        sys.exit("\n".join(known))
    door = known[sys.argv[1]]

    def one_input(body: bytes) -> None:
        with contextlib.suppress(CallerError):
            door.read(body)

    with tempfile.TemporaryDirectory() as corpus:
        for number, body in enumerate(door.bodies):
            (Path(corpus) / str(number)).write_bytes(body)
        atheris.Setup([sys.argv[0], *sys.argv[2:], corpus], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
