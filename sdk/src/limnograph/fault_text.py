"""
What the interpreter writes when it crashes (``faulthandler``), kept for the next start.

Rule: an application that uses ``faulthandler`` keeps it: ours is enabled only where nobody's is,
and a later ``faulthandler.enable`` takes its place for good.
"""

import os

from limnograph.limits import FAULT_TEXT_BYTES_MAX

FILE = "fault.txt"


class _Fault:
    """The one descriptor that ``faulthandler`` was given; files of later sessions take it over."""

    descriptor = -1


def keep_in(directory: str) -> None:
    """Let a crash of the interpreter leave every thread's stack in *directory*."""
    import faulthandler

    if _Fault.descriptor < 0 and faulthandler.is_enabled():
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    opened = os.open(f"{directory}/{FILE}", flags, 0o600)
    if _Fault.descriptor >= 0:
        os.dup2(opened, _Fault.descriptor, inheritable=False)
        os.close(opened)
    else:
        faulthandler.enable(opened)
        _Fault.descriptor = opened


def left_in(directory: str) -> str:
    """Return what a crashed process left; "" when it did not crash that way."""
    try:
        with open(f"{directory}/{FILE}", "rb") as file:  # noqa: PTH123 - pathlib is slow to import
            return file.read(FAULT_TEXT_BYTES_MAX).decode("utf-8", "replace").strip()
    except OSError:
        return ""
