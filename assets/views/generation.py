"""
What a view is at a moment, as one number: its columns and version, and those of its sources.

A table records this number for each slice that is built. A slice that another number stands at was
built by the view as it was before: see ``assets.materialize.counting``.
"""

from assets.storage.layout import Generation
from assets.views.catalog import source_of
from assets.views.view import View, fingerprint_of_text

_BLOCKS = "blocks:"


def fingerprint_of(view: View) -> str:
    """Return the fingerprint of a view; that of a rollup changes with those of its sources."""
    inputs = [
        fingerprint_of(source_of(view, source))
        for source in view.sources
        if not source.startswith(_BLOCKS)
    ]
    return (
        fingerprint_of_text(" ".join([view.fingerprint, *inputs])) if inputs else view.fingerprint
    )


def generation_of(view: View) -> Generation:
    """Return the fingerprint as the number that tables record."""
    return Generation(int(fingerprint_of(view), 16))
