"""
What there is to know about this run of this program: one module per place where it is written.

Rule: files and environment only. Nothing is started, nothing is asked over a network, every file is
read up to a bound, and what is not there is left out. Functions take the root of the file tree and
the environment, so that other machines can be described in tests.
"""

from collections.abc import Mapping

from limnograph.facts.container import container_facts
from limnograph.facts.git import commit_facts
from limnograph.facts.interpreter import interpreter_facts

__all__ = ["found_facts"]


def found_facts(environ: Mapping[str, str], root: str = "/") -> dict[str, str]:
    """
    Return what can be found out about this process without being told.

    Names are those of OpenTelemetry's semantic conventions where it has one; what stays the same
    in every child of a fork is worth keeping by the caller.
    """
    return {**interpreter_facts(), **container_facts(environ, root), **commit_facts()}
