"""
Which recorder is at work: the one in C where it can be imported, else the one in Python.

``LIMNO_RECORDER`` decides otherwise: ``c`` must have the one in C, ``python`` takes that in Python.
"""

import os
import sys
from importlib import import_module

ENVIRONMENT = "LIMNO_RECORDER"


def _native() -> bool:
    wanted = os.environ.get(ENVIRONMENT, "")
    if wanted not in {"", "c", "python"}:
        sys.stderr.write(f"limnograph: {ENVIRONMENT} is {wanted!r}, not c or python; ignoring it\n")
    if wanted == "python":
        return False
    try:
        import_module("limnograph._recorder")
    except ImportError as exc:
        if wanted == "c":
            raise ImportError(
                f"{ENVIRONMENT}=c, but the recorder in C cannot be used here ({exc}); "
                f"unset {ENVIRONMENT} for the one in Python"
            ) from exc
        return False
    return True


NATIVE = _native()
"""Whether the recorder in C is at work."""
