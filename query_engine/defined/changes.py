"""
Defining and dropping views: checked first, then written in one transaction.

Rule: what is defined can be built here and now. A view that others are built from is not dropped,
nor changed so that they could not be built any more.
"""

from dataclasses import replace

from psycopg import Connection

from assets.errors import CallerError, NotFound
from assets.storage.metadata.defined_views import (
    BY_SQL,
    StoredView,
    changing,
    drop_problem,
    drop_view,
    put_view,
)
from assets.storage.metadata.retention import Rule, rules, set_rule
from assets.views.catalog import Views
from assets.views.physical import kept_columns
from assets.views.view import View
from query_engine.defined.compiled import compiled
from query_engine.defined.definition import Definition, WrongOption
from query_engine.defined.known import Found, load
from query_engine.defined.limits import VIEWS_MAX
from query_engine.sql.errors import SqlError


class ViewExists(CallerError):
    """A view of that name is defined already, or elsewhere."""

    code = "view_exists"
    http_status = 409


def checked(definition: Definition, views: Views, *, before: str = "") -> View:
    """
    Return the view of a definition, which is not built from itself; raises as ``compiled``.

    Args:
        definition: What to define.
        views: The views that there are, perhaps one of that name among them.
        before: As ``compiled``.
    """
    others = replace(views, materialized=_without(views, definition.name))
    return compiled(definition, others, before=before)


def define(
    conn: Connection,
    definition: Definition,
    origin: str,
    *,
    replaces: bool,
    quietly: bool = False,
    before: str = "",
) -> str:
    """
    Define a view; returns what was done, in words. Saying the same again changes nothing.

    Args:
        conn: The metadata, not in a transaction.
        definition: What to define; checked here again, against what is defined by now.
        origin: Who keeps it: ``sql``, or a file.
        replaces: A view of that name may be there.
        quietly: If one is there, it stays, and that is no error.
        before: As ``compiled``.

    Raises:
        ViewExists: There is one already, or it is kept elsewhere.
        SqlError, WrongOption: It cannot be built.
    """
    with changing(conn):
        found = load(conn)
        known = found.stored.get(definition.name)
        if known is not None and quietly:
            return f"there is a view {definition.name} already; it stays as it is"
        _check_free(definition.name, known, origin, replaces=replaces)
        same = known is not None and Definition.of_fields(known.definition) == definition
        if same and definition.name not in found.problems:
            return f"{definition.name} is defined so already"
        if known is None and len(found.stored) >= VIEWS_MAX:
            raise CallerError(f"there are {VIEWS_MAX} defined views (VIEWS_MAX): drop one first")
        view = checked(definition, found.views, before=before)
        _check_dependents(found, view)
        number = put_view(conn, view.name, origin, definition.fields(), kept_columns(view))
        if definition.retention_days is not None:
            _keep(conn, view.name, definition.retention_days)
        drop_problem(conn, f"view {view.name}")
        if known is None:
            return f"{view.name} is defined; its table is filled from the blocks that are kept"
        if number != known.table_number:
            return f"{view.name} is defined anew; its columns need a new table"
        return f"{view.name} is defined anew; its table is rebuilt hour by hour"


def drop(conn: Connection, name: str, origin: str = BY_SQL, *, quietly: bool = False) -> str:
    """
    Drop a view; returns what was done, in words. Its table is removed later, by maintenance.

    Raises:
        NotFound: There is no such defined view, and that is an error.
        CallerError: Others are built from it.
    """
    with changing(conn):
        found = load(conn)
        known = found.stored.get(name)
        if known is None:
            if quietly:
                return f"there is no view {name}"
            there_are = ", ".join(found.stored) or "none"
            raise NotFound(f"no view {name!r} was defined by an operator; there are: {there_are}")
        dependents = [v.name for v in found.views.materialized if name in v.inputs]
        if dependents and origin == BY_SQL:
            raise CallerError(f"{', '.join(dependents)} are built from {name}: drop them first")
        again = f"; {known.origin} defines it again" if origin != known.origin else ""
        drop_view(conn, name)
        drop_problem(conn, f"view {name}")
        return f"{name} is dropped; its table is removed by maintenance{again}"


def _check_free(name: str, known: StoredView | None, origin: str, *, replaces: bool) -> None:
    if known is None:
        return
    if known.origin != origin:
        kept = "CREATE MATERIALIZED VIEW" if known.origin == BY_SQL else known.origin
        raise ViewExists(f"{name} is defined by {kept}: change or drop it there")
    if not replaces:
        raise ViewExists(f"{name} is defined already; write CREATE OR REPLACE MATERIALIZED VIEW")


def _keep(conn: Connection, name: str, days: int) -> None:
    rule = rules(conn).get(name, Rule(name))
    set_rule(conn, replace(rule, keep_days=days))


def _without(views: Views, name: str) -> tuple[View, ...]:
    """Return the views that are not built from *name*, directly or not, and not it."""
    gone = {name}
    kept: list[View] = []
    for view in views.materialized:
        if view.name in gone or gone & view.inputs.keys():
            gone.add(view.name)
        else:
            kept.append(view)
    return tuple(kept)


def _check_dependents(found: Found, view: View) -> None:
    """Refuse a change after which a view that is built from it could not be built any more."""
    kept = _without(found.views, view.name)
    views = replace(found.views, materialized=(*kept, view))
    for other in found.views.materialized:
        if other in kept or other.name == view.name:
            continue
        try:
            again = compiled(Definition.of_fields(found.stored[other.name].definition), views)
        except (SqlError, WrongOption) as error:
            raise CallerError(
                f"{other.name} is built from {view.name}, and could not be any more: {error}"
            ) from None
        views = replace(views, materialized=(*views.materialized, again))
