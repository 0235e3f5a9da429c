"""Every check there is; asset checks and commands are derived from it."""

from assets.checks.check import Check
from assets.checks.definitions import DEFINITIONS_USABLE
from assets.checks.lag import GAPS, LAG
from assets.checks.probe import PROBE
from assets.checks.reconciliation import COMPLETE, SINGLE
from assets.checks.refused import QUARANTINE_EMPTY
from assets.checks.shape import FILES, SHAPE

CHECKS: tuple[Check, ...] = (
    LAG,
    GAPS,
    COMPLETE,
    SINGLE,
    SHAPE,
    FILES,
    QUARANTINE_EMPTY,
    PROBE,
    DEFINITIONS_USABLE,
)
