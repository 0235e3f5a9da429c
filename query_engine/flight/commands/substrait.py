"""CommandStatementSubstraitPlan: refused, questions are asked in SQL."""

from query_engine.flight.command import Command

SUBSTRAIT = Command(
    name="CommandStatementSubstraitPlan",
    doc="Refused: questions are asked in SQL.",
    refusal="Substrait plans are not supported; send SQL as a CommandStatementQuery",
)
