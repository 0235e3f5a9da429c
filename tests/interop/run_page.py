"""
Runs the Python code of a page in a client's own interpreter: run_page.py <program> <page>.

The program has each line where it stands on the page, so a traceback names the page's lines.
"""

import linecache
import sys
from pathlib import Path

program, page = Path(sys.argv[1]).read_text(), sys.argv[2]
linecache.cache[page] = (len(program), None, program.splitlines(keepends=True), page)
exec(compile(program, page, "exec"), {"__name__": "__main__"})
