"""
Spans of functions that were not written for it: every function of chosen modules.

On CPython 3.12 and later the interpreter tells when a chosen function runs; before that the
functions are replaced by decorated ones. Either way a function that was not chosen costs nothing,
modules may be imported before or after, and ``stop`` leaves everything as it was.
"""

from limnograph.tracing.tracer import Tracing, trace_modules

__all__ = ["Tracing", "trace_modules"]
