"""
Text as Arrow dictionaries, for clients that ask for them with `preserve_dictionary`.

The engine hands text over plainly; each batch gets a dictionary of its own, so that the schema
still depends on the query alone.
"""

from collections.abc import Iterator

import pyarrow as pa

ENCODED = pa.dictionary(pa.int32(), pa.utf8())


def encoded_schema(schema: pa.Schema) -> pa.Schema:
    """Return *schema* with its text columns as dictionaries."""
    return pa.schema(
        [field.with_type(ENCODED) if field.type == pa.utf8() else field for field in schema],
        schema.metadata,
    )


def encoded_batches(
    batches: Iterator[pa.RecordBatch], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Yield *batches* in *schema*, which `encoded_schema` made of theirs."""
    for batch in batches:
        columns = [
            column.dictionary_encode() if field.type == ENCODED else column
            for column, field in zip(batch.columns, schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def has_dictionaries(schema: pa.Schema) -> bool:
    """Tell whether a column is a dictionary."""
    return any(pa.types.is_dictionary(kind) for kind in schema.types)
