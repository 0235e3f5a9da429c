"""From the command line of ``run`` to the end of the program."""

from collections.abc import Sequence

from limnograph.running.instrument import begin
from limnograph.running.options import parsed
from limnograph.running.program import execute, prepare


def run(argv: Sequence[str]) -> int:
    """Run the program that *argv* names, recorded; what it raises goes on."""
    options = parsed(argv)
    code = prepare(options.kind, options.program, options.args)
    tracing = begin(options)
    if tracing is not None and code is not None:
        tracing.watch_main(code)
    execute(options.kind, options.program, code)
    return 0
