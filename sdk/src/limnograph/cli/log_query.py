"""The SQL of log entries, as the options of ``limno logs`` ask for them."""

from argparse import Namespace

from limnograph.cli.asking import literal

MARK = "/* limno logs */"
"""
Begins our queries, so that what the service itself logs about them can be left out: who follows all
entries would be shown nothing but these otherwise.
"""

_SERVICE = "property_get(process_properties, 'service')"
_SELECT = f"""\
SELECT time, level, {_SERVICE} AS service, exe, target, msg, properties, process_id,
    computer, username, block_id, insert_time
FROM log_entries
WHERE NOT (target IN ('flightsql_query_audit', 'query_engine.run') AND strpos(msg, '{MARK}') > 0)
"""


def select_of(arguments: Namespace) -> str:
    """Return the query of the entries that are asked for; its WHERE takes further conditions."""
    conditions = [_SELECT]
    if arguments.level is not None:
        conditions.append(f"level <= {arguments.level}")
    if arguments.process:
        name, path = literal(arguments.process), literal("/" + arguments.process)
        conditions.append(
            f"({_SERVICE} = {name} OR process_id = {name} OR exe = {name}"
            f" OR ends_with(exe, {path}))"
        )
    if arguments.search:
        conditions.append(f"strpos(lower(msg), lower({literal(arguments.search)})) > 0")
    return " AND ".join(conditions)
