"""view_instance(view, id): one process or one stream of a view."""

from assets.views.catalog import Views
from query_engine.sql.errors import SqlError
from query_engine.tables.functions.function import LakeFunction, text, uuid_text
from query_engine.tables.instances import Instance, instance_sets


def opens(views: Views, view_name: object, id_: object) -> Instance:
    """Check the view and the id; 'global' is every process of a global view."""
    name = text("view_instance", "a view's name", view_name)
    sets = {view.name: view for view in instance_sets(views)}
    if name not in sets:
        known = ", ".join(repr(known) for known in sets)
        raise SqlError(f"view_instance has no view {name!r}; there are: {known}")
    view, id_text = sets[name], text("view_instance", "an id", id_)
    if view.scope == "global":
        return Instance(view, "" if id_text == "global" else uuid_text("process", id_text))
    return Instance(view, uuid_text(view.instance, id_text), by_stream=view.instance == "stream")


VIEW_INSTANCE = LakeFunction(
    name="view_instance",
    written="view_instance('<view>', '<id>')",
    opens=opens,
    of_views=True,
    counts=range(2, 3),
    doc=(
        "One process of a view: of log_entries, measures and other global views by its process id, "
        "or every process by 'global'; of images and async_events one process; of thread_spans one "
        "stream by its stream id. The columns are those of the view."
    ),
)
