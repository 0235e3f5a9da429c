"""The tables of bulk ingest: one file each, listed in `catalog`."""
