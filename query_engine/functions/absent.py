"""
What DataFusion has and we have not, and why.

The reference page shows it, and a call of such a name is refused with the reason.
"""

from collections.abc import Mapping

ARROW_FIELDS = "columns carry no metadata of Arrow fields"
FILES = "rows come from slices and the tail, not from one file; list_partitions names the files"
UNIONS = "no column is of a union type"

ABSENT: Mapping[str, str] = {
    "arrow_field": ARROW_FIELDS,
    "arrow_metadata": ARROW_FIELDS,
    "with_metadata": ARROW_FIELDS,
    "cast_to_type": "write CAST(x AS type)",
    "try_cast_to_type": "write TRY_CAST(x AS type)",
    "file_row_index": FILES,
    "input_file_name": FILES,
    "union_extract": UNIONS,
    "union_tag": UNIONS,
}
"""The reason by name."""

IN_PART: Mapping[str, str] = {
    "digest": "no blake3: no library that we keep has it",
    "regexp_instr": "no sixth argument: the place of a group is not found",
    "from_unixtime": "no time zone: all times are UTC",
    "date_part": "of an interval only its whole length, epoch",
}
"""What is left out of functions that are here."""
