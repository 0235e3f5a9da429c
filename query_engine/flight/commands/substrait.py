"""CommandStatementSubstraitPlan: refused, questions are asked in SQL."""

from query_engine.flight.command import Command

NO_SUBSTRAIT = "Substrait plans are not supported; send SQL as a CommandStatementQuery"

SUBSTRAIT = Command(
    name="CommandStatementSubstraitPlan",
    doc="Refused: questions are asked in SQL.",
    refusal=NO_SUBSTRAIT,
)
