"""``python -m benchmarks.orchestration``: what Dagster costs; a day that goes, in constant time."""

from benchmarks.orchestration import retention, running
from benchmarks.orchestration.running import Size
from benchmarks.report_lines import arguments, emit


def main() -> None:
    """Measure and print."""
    quick = arguments(__doc__).quick
    size = Size(2, 6, 2, 2_000, 6) if quick else Size(20, 48, 10, 5_000, 60)
    for line in retention.lines():
        emit(line)
    for line in running.lines(size):
        emit(line)


if __name__ == "__main__":
    main()
