"""get_payload(process_id, stream_id, block_id): the bytes of a block as they were sent."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def build(reader: Argument, process_id: Argument, stream_id: Argument, block: Argument) -> pl.Expr:
    """Read the payloads of a batch of rows at once, where the plan runs."""
    if not callable(reader.value):  # a catalog without blocks: only the schema is asked for
        return pl.lit(None, dtype=pl.Binary())
    ids = [process_id.expr, stream_id.expr, block.expr]
    return pl.map_batches(ids, reader.value, pl.Binary(), is_elementwise=True)


GET_PAYLOAD = ScalarFunction(
    name="get_payload",
    group="Payloads",
    parameters=(
        Parameter("process_id", Kind.TEXT),
        Parameter("stream_id", Kind.TEXT),
        Parameter("block_id", Kind.TEXT),
    ),
    returns=pl.Binary(),
    build=build,
    payloads=True,
    doc=(
        "The bytes of a block as the application sent them, in the format of its stream; "
        "parse_block shows what is in them. A block that does not exist ends the query."
    ),
    examples=(Example("SELECT get_payload(NULL, NULL, NULL)", "NULL"),),
)
