"""Limits of the SQL front end; each sentence says what happens at the limit."""

SQL_CHARS_MAX = 1_048_576
"""A longer text is refused with QueryTooLarge before it is parsed."""

SQL_NODES_MAX = 100_000
"""A text whose syntax tree has more nodes is refused with QueryTooLarge."""

NESTING_MAX = 60
"""Deeper parentheses, brackets and CASEs are refused with QueryTooLarge at the one too deep."""

EXPRESSION_DEPTH_MAX = 400
"""A deeper expression tree (a chain of operators counts) is refused with QueryTooLarge."""

RELATIONS_MAX = 400
"""A query that names more tables, subqueries and CTEs is refused with QueryTooLarge."""

IN_PREDICATE_VALUES_MAX = 1_000
"""A longer constant IN list still filters; it is just not handed to the scan for pruning."""
