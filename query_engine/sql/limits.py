"""Limits of the SQL front end; each sentence says what happens at the limit."""

SQL_CHARS_MAX = 1_048_576
"""A longer text is refused with QueryTooLarge before it is parsed."""

SQL_WORDS_MAX = 50_000
"""A text of more words and signs is refused with QueryTooLarge before it is parsed."""

NESTING_MAX = 60
"""Deeper parentheses, brackets and CASEs are refused with QueryTooLarge at the one too deep."""

EXPRESSION_DEPTH_MAX = 200
"""A deeper expression tree (a chain of operators counts) is refused with QueryTooLarge."""

RELATIONS_MAX = 400
"""A query that names more tables, subqueries and CTEs is refused with QueryTooLarge."""

PLAN_SIZE_MAX = 10_000
"""
A plan of more steps is refused with QueryTooLarge. A CTE counts each time it is named, also through
others: the engine copies what two steps share.
"""

ROW_COUNT_MAX = 2**31 - 1
"""
A larger LIMIT is none and a larger OFFSET is this: the engine counts rows in 32 bits, also those
of both together.
"""

GROUPING_SETS_MAX = 256
"""A GROUP BY that makes more grouping sets (CUBE of more than 8) is refused with QueryTooLarge."""

RECURSION_LEVELS = 6_000
"""
Python may recurse so deep while a query is planned (its default is too little for NESTING_MAX and
EXPRESSION_DEPTH_MAX); at the limit the query is refused with QueryTooLarge.
"""

IN_PREDICATE_VALUES_MAX = 1_000
"""A longer constant IN list still filters; it is just not handed to the scan for pruning."""

JOIN_ORDER_RELATIONS_MAX = 24
"""Inner joins of more relations stay in the order in which they were written."""

RECURSION_STEPS_MAX = 10_000
"""A recursive CTE that has not come to an end after so many steps ends the query."""

RECURSION_ROWS_MAX = 10_000_000
"""A recursive CTE that adds more rows ends the query."""

TOP_ROWS_MAX = 100_000
"""More rows in the order of time are sorted by the engine, which reads everything for it."""

STAGE_ROWS = 65_536
"""The newest pieces are read together up to so many rows; then it is seen whether they suffice."""

STAGE_GROWTH = 4
"""Each later stage reads so many times the rows of the one before it."""

PASSED_IDS_MAX = 200
"""Values of one side of a join that are passed to the scan of the other; more are not."""

PASSED_ROWS_MAX = 1_000
"""A side of a join with a higher LIMIT is not run beforehand for the ids in it."""

PASSED_JOINS_MAX = 8
"""Joins of one query through which ids are passed; the others are joined as they stand."""

PASSED_SHARE_MAX = 0.1
"""A side that is estimated to have more rows than this share of the other's table is not run
beforehand: running it a second time would cost more than it spares."""

PASSED_TABLE_ROWS_MIN = 50_000
"""A smaller table is read as it is."""
