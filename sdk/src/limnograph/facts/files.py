"""Small files of a machine: read up to a bound, and "" where there is nothing to read."""

from collections.abc import Iterator

from limnograph.limits import FACT_FILE_BYTES_MAX


def start_of(path: str, bytes_max: int = FACT_FILE_BYTES_MAX) -> str:
    """Return a file's text, *bytes_max* bytes of it at most; "" without one."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib is slow to import
            return file.read(bytes_max).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def lines_of(path: str) -> Iterator[str]:
    """Yield the lines of ``start_of`` without their ends."""
    yield from start_of(path).splitlines()


def value_in(path: str, start: str) -> str:
    """Return what follows *start* in the first such line of a file; "" without one."""
    return next(
        (line[len(start) :].strip() for line in lines_of(path) if line.startswith(start)), ""
    )


def under(root: str, path: str) -> str:
    """Return *path* (absolute) in the file tree at *root*."""
    return root.rstrip("/") + path
