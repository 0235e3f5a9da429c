"""Blocks that were acknowledged and could not be decoded."""

from assets.checks.check import Check, Verdict
from assets.maintain.task import Site
from assets.storage.metadata.quarantine import counts
from assets.views.view import View
from assets.wording import amount


def look(site: Site, view: View) -> Verdict:
    """Count the view's blocks in quarantine."""
    with site.lake.connection() as conn:
        blocks = counts(conn).get(view.name, 0)
    message = (
        f"could not be decoded: {amount(blocks, 'block')}" if blocks else "no block was refused"
    )
    return Verdict(blocks == 0, message, {"blocks": blocks})


QUARANTINE_EMPTY = Check(
    name="quarantine_empty",
    doc="Every block of the view could be decoded.",
    remedy="SELECT * FROM quarantine says which, and what is wrong with their bytes; after an"
    " upgrade that can read them, the job quarantine_retry brings them in",
    look=look,
    applies=lambda _: True,
)
