"""What the assets are computed from: raw blocks first, views after them."""

import dagster as dg

from assets.views.view import View

RAW_BLOCKS = dg.AssetKey("raw_blocks")

KINDS = {"deltalake", "polars"}
"""What the tables of views are and what makes them; Dagster has pictures of these names."""

BLOCKS_SOURCE = "blocks:"
"""Prefix of a view's source that is raw blocks of a tag, not another view."""


def upstream(view: View) -> list[dg.AssetKey]:
    """Return the assets that a view is built from."""
    keys = [
        RAW_BLOCKS if source.startswith(BLOCKS_SOURCE) else dg.AssetKey(source)
        for source in view.sources
    ]
    return list(dict.fromkeys(keys))
