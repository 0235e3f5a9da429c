"""images: pictures that one process sent, on demand."""

import polars as pl

from assets.views.view import PROPERTIES, TIME, Column, Sources, View

COLUMNS = (
    Column("process_id", pl.String(), "process that sent the image, UUID text"),
    Column("stream_id", pl.String(), "stream that carried the image"),
    Column("block_id", pl.String(), "block that carried the image"),
    Column("insert_time", TIME, "when the receiver stored the block"),
    Column("exe", pl.String(), "executable of the process"),
    Column("username", pl.String(), "user that the process ran as"),
    Column("computer", pl.String(), "machine that the process ran on"),
    Column("image", pl.Int64(), "number of the image within the block, from 0 on"),
    Column("time", TIME, "when the image was sent, to the nanosecond", keeps_ns=True),
    Column("name", pl.String(), "what the image shows, as the application named it"),
    Column("format", pl.String(), "how the bytes are to be read: `png`, `jpeg`..."),
    Column("payload_size", pl.Int64(), "bytes of the image"),
    Column("data", pl.Binary(), "the bytes"),
    Column("target", pl.String(), "module that sent the image"),
    Column("properties", PROPERTIES, "attributes of the image"),
)


def build(sources: Sources) -> pl.LazyFrame:
    """Return the decoded images under the view's column order."""
    return sources["blocks:image"].select(column.name for column in COLUMNS)


IMAGES = View(
    name="images",
    doc="Pictures that one process sent, materialized on demand.",
    columns=COLUMNS,
    time_column="time",
    sources=("blocks:image",),
    build=build,
    scope="process",
    sort_by=("time",),
)
