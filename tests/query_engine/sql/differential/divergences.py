"""
Where DuckDB legitimately answers differently, and how the comparison meets it.

What is about a whole query is in ``REASONS``; ``docs/sql.md`` says our meaning of each.
"""

REASONS = {
    "whole division": "DuckDB divides whole numbers with //, we with / as DataFusion does",
    "division by zero": "an error for us, NULL for DuckDB: divisors are made NULL where they are 0",
    "order of NULLs": "ours is Postgres' and DataFusion's; DuckDB is set to the same",
    "values out of range": "DuckDB checks 64-bit overflow, we wrap as DataFusion does: skipped",
    "cast of fractions": "we cut as DataFusion does, DuckDB rounds: only whole fractions are cast",
    "literals with a point": "DOUBLE for us, DECIMAL for DuckDB: always written with a CAST",
    "quotients and averages of decimals": "DECIMAL for us, DOUBLE for DuckDB: never generated",
    "dates beside intervals": "a DATE stays one for us, a TIMESTAMP for DuckDB: never generated",
    "text of floats": "1.0 and 1e300 are written in different ways: only read back, never shown",
    "correlations of what does not vary": "NULL for us, NaN for DuckDB: NaN is made NULL",
    "medians of decimals": "DOUBLE for us, DECIMAL for DuckDB: never generated",
    "rounded REAL": "functions of REAL are DOUBLE for us, REAL for DuckDB: cast before",
    "an empty text searched, split": "1 and no parts for us, 0 and one for DuckDB: never generated",
    "levenshtein": "DuckDB counts bytes, we characters: never generated",
    "LIKE without ESCAPE": "a backslash escapes for us, nothing does for DuckDB: always written",
    "x = ANY (a NULL array)": "NULL for us, as if it were empty for DuckDB: never generated",
    "types of NULL": "of a column of nothing but NULLs DuckDB's type is not looked at",
    "aggregates of outer columns": "DuckDB refuses some that belong to the outer query: skipped",
    "decimals beside REAL": "DOUBLE for us, REAL for DuckDB: REAL is cast before",
    "rows": "DuckDB compares rows as structs, whose NULL members are values: never generated",
    "optimized outer joins": "DuckDB 2.0.0's optimizer loses HAVING and LIMIT there: it is off",
    "aggregates in set operations": "DuckDB 2.0.0 loses the row of an aggregate over nothing there",
}
"""Each difference by a name, with what either engine does."""

NOT_COMPARED = {
    r"bool_\w+\(.* EXCLUDE": "DuckDB's answer for one row changes with the query's other columns",
}
"""Queries that DuckDB answers wrongly, by what is in them."""
