"""What a materialization did, as numbers that add up."""

from dataclasses import dataclass, field

from assets.storage.layout import Slice


@dataclass(slots=True)
class Report:
    """
    What was done by one call.

    Attributes:
        slices: Slices whose coverage moved.
        blocks: Blocks that went into the table, quarantined ones included.
        rows: Rows written.
        bytes: Payload bytes of those blocks as stored.
        quarantined: Blocks that could not be decoded.
        commits: Delta commits made.
        conflicts: Commits that lost against another writer and were planned again.
        seconds: Wall time.
        cut_short: Time was up before all was done; what was committed until then stands.
    """

    slices: set[Slice] = field(default_factory=set)
    blocks: int = 0
    rows: int = 0
    bytes: int = 0
    quarantined: int = 0
    commits: int = 0
    conflicts: int = 0
    seconds: float = 0.0
    cut_short: bool = False
