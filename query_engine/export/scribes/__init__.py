"""The formats of exports: one scribe each."""
