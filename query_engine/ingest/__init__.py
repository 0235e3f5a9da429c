"""Bulk ingest: whole Arrow tables of processes, streams, blocks and payloads into the lake."""
