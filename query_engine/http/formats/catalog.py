"""Every form of results; of equally welcome ones the first is sent."""

from query_engine.http.formats.arrow import ARROW
from query_engine.http.formats.csv_text import CSV
from query_engine.http.formats.format import Format
from query_engine.http.formats.json_object import JSON
from query_engine.http.formats.ndjson import NDJSON
from query_engine.http.formats.parquet import PARQUET

FORMATS: tuple[Format, ...] = (JSON, ARROW, NDJSON, CSV, PARQUET)

FORMATS_BY_NAME: dict[str, Format] = {form.name: form for form in FORMATS}
