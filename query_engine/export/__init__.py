"""Exports: what a process or a trace did, as files for viewers; a scribe writes each format."""
