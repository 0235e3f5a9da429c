"""The interpreter, its arguments and the operating system under it, as properties."""

import os
import sys


def interpreter_facts() -> dict[str, str]:
    """Return what this interpreter knows of itself; the arguments only as a digest."""
    facts = {
        "python": sys.version.split()[0],
        "process.runtime.name": sys.implementation.name,
        "process.executable.path": sys.executable or "",
        "process.args_digest": args_digest(getattr(sys, "orig_argv", sys.argv)),
        "os.type": sys.platform,
    }
    if hasattr(os, "uname"):
        system = os.uname()
        facts |= {"os.version": system.release, "host.arch": system.machine}
    return {key: value for key, value in facts.items() if value}


def args_digest(args: list[str]) -> str:
    """
    Return a digest that is the same for the same command line.

    It tells runs with other arguments apart without telling the arguments, which may be secret.
    """
    try:
        from _blake2 import blake2b  # hashlib loads OpenSSL, which takes milliseconds
    except ImportError:
        from hashlib import blake2b

    text = "\0".join(args).encode("utf-8", "surrogateescape")
    return blake2b(text, digest_size=8).hexdigest()
