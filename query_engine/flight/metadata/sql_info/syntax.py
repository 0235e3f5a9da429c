"""
Facts about the SQL: what a text may contain.

Grammar levels are those of the SELECT statement; that nothing writes is a fact of its own.
"""

from query_engine.flight.metadata.patterns import ESCAPE
from query_engine.flight.metadata.sql_info.info import Info, bits, flag, names, number, text
from query_engine.sql.keywords import KEYWORDS

CASE_IS_KEPT, STORED_IN_LOWER_CASE = 0, 3
"""The specification has no number for names whose case is kept; its readers take "unknown"."""

NULLS_HIGH = 0
MINIMUM_GRAMMAR, CORE_GRAMMAR = 0, 1
ENTRY_LEVEL = 0
FULL_OUTER_JOINS = 2
BY_UNRELATED, BY_MORE_THAN_SELECTED = 0, 1
IN_COMPARISONS, IN_EXISTS, IN_INS, IN_QUANTIFIED = 0, 1, 2, 3
UNION, UNION_ALL = 0, 1

SYNTAX: tuple[Info, ...] = (
    flag(500, "SQL_DDL_CATALOG", value=False),
    flag(501, "SQL_DDL_SCHEMA", value=False),
    flag(502, "SQL_DDL_TABLE", value=False),
    number(503, "SQL_IDENTIFIER_CASE", STORED_IN_LOWER_CASE),
    text(504, "SQL_IDENTIFIER_QUOTE_CHAR", '"'),
    number(505, "SQL_QUOTED_IDENTIFIER_CASE", CASE_IS_KEPT),
    flag(506, "SQL_ALL_TABLES_ARE_SELECTABLE", value=True),
    number(507, "SQL_NULL_ORDERING", NULLS_HIGH),
    names(508, "SQL_KEYWORDS", KEYWORDS),
    text(513, "SQL_SEARCH_STRING_ESCAPE", ESCAPE),
    text(514, "SQL_EXTRA_NAME_CHARACTERS", "$"),
    flag(515, "SQL_SUPPORTS_COLUMN_ALIASING", value=True),
    flag(516, "SQL_NULL_PLUS_NULL_IS_NULL", value=True),
    flag(518, "SQL_SUPPORTS_TABLE_CORRELATION_NAMES", value=True),
    flag(519, "SQL_SUPPORTS_DIFFERENT_TABLE_CORRELATION_NAMES", value=False),
    flag(520, "SQL_SUPPORTS_EXPRESSIONS_IN_ORDER_BY", value=True),
    flag(521, "SQL_SUPPORTS_ORDER_BY_UNRELATED", value=True),
    bits(522, "SQL_SUPPORTED_GROUP_BY", BY_UNRELATED, BY_MORE_THAN_SELECTED),
    flag(523, "SQL_SUPPORTS_LIKE_ESCAPE_CLAUSE", value=True),
    flag(524, "SQL_SUPPORTS_NON_NULLABLE_COLUMNS", value=False),
    bits(525, "SQL_SUPPORTED_GRAMMAR", MINIMUM_GRAMMAR, CORE_GRAMMAR),
    bits(526, "SQL_ANSI92_SUPPORTED_LEVEL", ENTRY_LEVEL),
    flag(527, "SQL_SUPPORTS_INTEGRITY_ENHANCEMENT_FACILITY", value=False),
    number(528, "SQL_OUTER_JOINS_SUPPORT_LEVEL", FULL_OUTER_JOINS),
    text(529, "SQL_SCHEMA_TERM", "schema"),
    text(531, "SQL_CATALOG_TERM", "catalog"),
    flag(532, "SQL_CATALOG_AT_START", value=True),
    bits(533, "SQL_SCHEMAS_SUPPORTED_ACTIONS"),
    bits(534, "SQL_CATALOGS_SUPPORTED_ACTIONS"),
    bits(535, "SQL_SUPPORTED_POSITIONED_COMMANDS"),
    flag(536, "SQL_SELECT_FOR_UPDATE_SUPPORTED", value=False),
    flag(537, "SQL_STORED_PROCEDURES_SUPPORTED", value=False),
    bits(538, "SQL_SUPPORTED_SUBQUERIES", IN_COMPARISONS, IN_EXISTS, IN_INS, IN_QUANTIFIED),
    flag(539, "SQL_CORRELATED_SUBQUERIES_SUPPORTED", value=True),
    bits(540, "SQL_SUPPORTED_UNIONS", UNION, UNION_ALL),
)
