"""
The ``limno`` command: ask the lake from a shell.

One command is one file in ``commands`` and one line in ``catalog``. Rule: what only an answer needs
(pyarrow above all) is imported when there is one, so that ``--help`` and TAB are quick.
"""

from limnograph.cli.main import main

__all__ = ["main"]
