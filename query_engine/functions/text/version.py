"""version(): the name and the version of this product."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

import polars as pl

from query_engine.functions.function import (
    Example,
    ScalarFunction,
)


def release() -> str:
    """Return the installed version."""
    try:
        return installed("limnograph-server")
    except PackageNotFoundError:
        return "(from source)"


VERSION = ScalarFunction(
    name="version",
    group="Text",
    parameters=(),
    returns=pl.String(),
    build=lambda: pl.lit(f"Limnograph {release()}"),
    doc="The name and the version of this product.",
    examples=(Example("SELECT starts_with(version(), 'Limnograph ')", "true"),),
)
