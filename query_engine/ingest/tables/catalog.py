"""Every table that can be uploaded."""

from collections.abc import Mapping

from query_engine.ingest.table import IngestTable
from query_engine.ingest.tables.blocks import BLOCKS
from query_engine.ingest.tables.payloads import PAYLOADS
from query_engine.ingest.tables.processes import PROCESSES
from query_engine.ingest.tables.streams import STREAMS

TABLES: tuple[IngestTable, ...] = (PROCESSES, STREAMS, BLOCKS, PAYLOADS)

BY_NAME: Mapping[str, IngestTable] = {table.name: table for table in TABLES}
