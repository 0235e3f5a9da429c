"""The C extension, if it was built."""

from types import ModuleType

native: ModuleType | None
try:
    from assets._native import otlp as native
except ImportError:  # no compiler when this was installed
    native = None
