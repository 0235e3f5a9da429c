"""
SQL/JSON paths: ``$.items[*] ? (@.price > 10).name``, in the dialect of the reference.

``parse_path`` reads a path (``parser.py``), ``select`` finds what it selects (``evaluate.py``).
"""

from query_engine.functions.jsonpath.evaluate import select
from query_engine.functions.jsonpath.parser import InvalidPath, parse_path

__all__ = ["InvalidPath", "parse_path", "select"]
