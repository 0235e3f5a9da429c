"""
Which files a scan need not open because a value that it looks up is not in them.

Rule: only files that their statistics leave are asked about, and only for equality: every value of
``=`` or ``in`` is ruled out, or the file is read.
"""

from functools import lru_cache

import polars as pl

from assets.storage.tables import Snapshot
from assets.storage.tables.limits import LOOKUP_VALUES_MAX
from assets.storage.tables.lookups import filter_key, name_of
from assets.storage.tables.promoted import Promoted
from assets.views.physical import table_spec
from assets.views.view import View
from query_engine.sql.catalog import ColumnPredicate
from query_engine.tables.keys import KeyColumn
from query_engine.tables.ranges import values_of
from query_engine.tables.session import QuerySession


@lru_cache(maxsize=64)
def columns_found_by(view: View) -> frozenset[str]:
    """Return the columns by which the files of a view are looked up, as scans call them."""
    if view.scope == "process":
        return frozenset()
    lookups = table_spec(view).lookups
    exact = [Promoted(one.column, one.key, 0) for one in lookups if one.key]
    keys = [KeyColumn(key, any_case, stored=False) for key in exact for any_case in (False, True)]
    return frozenset([one.column for one in lookups if not one.key] + [key.name for key in keys])


def without_lookups(
    session: QuerySession,
    snapshot: Snapshot,
    files: pl.DataFrame,
    predicates: list[ColumnPredicate] | tuple[ColumnPredicate, ...],
) -> pl.DataFrame:
    """
    Return the rows of *files* whose Bloom filters leave some value of each predicate.

    Predicates about a key of a map are named as its promoted column would be.

    Raises:
        StorageUnavailable: The store does not answer.
    """
    caches, spec = session.caches, snapshot.spec
    names = {name_of(lookup) for lookup in spec.lookups}
    for predicate in predicates:
        values = [value for value in values_of(predicate) if isinstance(value, str)]
        usable = predicate.column in names and predicate.op in {"=", "in"}
        if not usable or not 0 < len(values) <= LOOKUP_VALUES_MAX or files.is_empty():
            continue
        keys = [filter_key(spec, predicate.column, path) for path in files["path"]]
        files = files.filter(caches.lookups.may_hold(caches.lake.objects, keys, values))
    return files
