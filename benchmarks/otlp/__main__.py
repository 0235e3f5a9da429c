"""``python -m benchmarks.otlp``: taking requests in; blocks to rows and tables; what rows weigh."""

from benchmarks.otlp import (
    acknowledging,
    decoding,
    json_bodies,
    looking_up,
    materializing,
    over_grpc,
    stored,
)
from benchmarks.report_lines import arguments, emit


def main() -> None:
    """Measure and print."""
    quick = arguments(__doc__).quick
    for line in decoding.lines(4 if quick else 50, 2 if quick else 7):
        emit(line)
    for line in json_bodies.lines(3 if quick else 15):
        emit(line)
    for line in acknowledging.lines(40 if quick else 300):
        emit(line)
    for line in over_grpc.lines(40 if quick else 300):
        emit(line)
    for line in materializing.lines(20 if quick else 300):
        emit(line)
    for line in looking_up.lines(*((6, 4) if quick else (72, 8))):
        emit(line)
    for line in stored.lines(20 if quick else 200):
        emit(line)


if __name__ == "__main__":
    main()
