"""The machine and the user: what the wire has fields of its own for."""

import os
import sys

from limnograph.facts.files import start_of, value_in

_FIRST_CPU_BYTES = 4096
"""Enough for the first processor: the others cost the kernel time and say the same."""


def program() -> str:
    """Return the script that runs, else the interpreter."""
    name = sys.argv[0] if getattr(sys, "argv", None) else ""
    return name if name not in {"", "-c", "-m"} else sys.executable or "python"


def user() -> tuple[str, str]:
    """Return the user's name and real name."""
    try:
        import pwd

        entry = pwd.getpwuid(os.getuid())
        return entry.pw_name, entry.pw_gecos.split(",")[0]
    except (ImportError, KeyError):
        return os.environ.get("USER") or os.environ.get("USERNAME") or "", ""


def computer() -> str:
    """Return the machine's name in its network."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "")


def distro() -> str:
    """Return the operating system as it calls itself."""
    return value_in("/etc/os-release", "PRETTY_NAME=").strip("\"'") or sys.platform


def cpu_brand() -> str:
    """Return the processor's name, where the system tells it."""
    for line in start_of("/proc/cpuinfo", _FIRST_CPU_BYTES).splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return ""
