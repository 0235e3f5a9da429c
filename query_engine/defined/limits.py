"""Limits of views that operators define."""

VIEWS_MAX = 200
"""Views that may be defined; one more is refused. Every one of them costs work with each hour."""

DEFINITION_SQL_CHARS_MAX = 20_000
"""Longest SELECT, or merge SELECT, of a definition; a longer one is refused."""

DOC_CHARS_MAX = 2_000
"""Longest sentence about a view; a longer one is refused."""

COLUMNS_MAX = 200
"""Columns of a defined view; more are refused."""

NAME_CHARS_MAX = 60
"""Longest name of a defined view or of one of its columns; a longer one is refused."""

FILE_BYTES_MAX = 64 * 1024
"""Size of a definition's file; a larger one is not read and reported."""

FILES_MAX = 400
"""Files of the folder that are looked at, by name; those beyond are reported."""

RETENTION_DAYS_MAX = 36_500
"""Longest retention that a definition can ask for; more is refused: leave it out."""

LOOK_S = 0.5
"""For so long a program goes by the definitions that it knows before it asks whether they moved."""

OWN_CHANGE_S = 60.0
"""For so long after it was told to change a definition a service asks at every query."""
