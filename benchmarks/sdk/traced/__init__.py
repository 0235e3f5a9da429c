"""Two equal functions in two modules, one of which is traced automatically."""

import limnograph

TRACED = hasattr(limnograph, "trace_modules")

if TRACED:  # before the module is imported, as on Python 3.11 the import is where it is done
    limnograph.trace_modules("benchmarks.sdk.traced.work", min_duration_s=0.0)

from benchmarks.sdk.traced import untraced, work  # noqa: E402 - see above

__all__ = ["TRACED", "untraced", "work"]
