"""Facts about sizes: the limits of a text that there are, and 0 where there is none."""

from query_engine.flight.metadata.sql_info.info import Info, count, flag
from query_engine.sql.limits import RELATIONS_MAX, SQL_CHARS_MAX

SIZES: tuple[Info, ...] = (
    count(541, "SQL_MAX_BINARY_LITERAL_LENGTH", 0),
    count(542, "SQL_MAX_CHAR_LITERAL_LENGTH", 0),
    count(543, "SQL_MAX_COLUMN_NAME_LENGTH", 0),
    count(544, "SQL_MAX_COLUMNS_IN_GROUP_BY", 0),
    count(545, "SQL_MAX_COLUMNS_IN_INDEX", 0),
    count(546, "SQL_MAX_COLUMNS_IN_ORDER_BY", 0),
    count(547, "SQL_MAX_COLUMNS_IN_SELECT", 0),
    count(548, "SQL_MAX_COLUMNS_IN_TABLE", 0),
    count(549, "SQL_MAX_CONNECTIONS", 0),
    count(550, "SQL_MAX_CURSOR_NAME_LENGTH", 0),
    count(551, "SQL_MAX_INDEX_LENGTH", 0),
    count(552, "SQL_DB_SCHEMA_NAME_LENGTH", 0),
    count(553, "SQL_MAX_PROCEDURE_NAME_LENGTH", 0),
    count(554, "SQL_MAX_CATALOG_NAME_LENGTH", 0),
    count(555, "SQL_MAX_ROW_SIZE", 0),
    flag(556, "SQL_MAX_ROW_SIZE_INCLUDES_BLOBS", value=True),
    count(557, "SQL_MAX_STATEMENT_LENGTH", SQL_CHARS_MAX),
    count(558, "SQL_MAX_STATEMENTS", 0),
    count(559, "SQL_MAX_TABLE_NAME_LENGTH", 0),
    count(560, "SQL_MAX_TABLES_IN_SELECT", RELATIONS_MAX),
    count(561, "SQL_MAX_USERNAME_LENGTH", 0),
)
