"""The client's bounds on memory, sizes and waiting; each says what happens when it is reached."""

AHEAD_BYTES_MAX = 16 * 1024 * 1024
"""Bytes of an answer that are read before anybody asks for them; beyond it reading waits."""

KEPT_BYTES_MAX = 64 * 1024 * 1024
"""Bytes of batches kept while a result is iterated; a larger result can be iterated once only."""

CONNECT_SECONDS_MAX = 10.0
"""Seconds to reach the service; then the error says that it does not answer."""

CALL_SECONDS_MAX = 10.0
"""Seconds for a short call beside a query (cancelling, progress); then it counts as failed."""

STOP_SECONDS_MAX = 2.0
"""Seconds that Ctrl-C waits until the service knows; then the program goes on without knowing."""

RETRY_SECONDS = 10.0
"""Seconds in which a query is asked again while the service restarts; then its error is raised."""

PAUSE_SECONDS_MAX = 2.0
"""Longest pause between two attempts, unless the service asks for a longer one."""

PROGRESS_AFTER_SECONDS = 1.0
"""Seconds of waiting before anything is drawn; a shorter query shows nothing."""

PROGRESS_STEP_SECONDS = 0.2
"""Seconds between two drawings of the progress."""

WAIT_SECONDS_MAX = 0.5
"""Longest single wait, after which it begins again: a Ctrl-C just before it is noticed after it."""

ROW_GROUP_ROWS = 262_144
"""Rows of a row group of a Parquet file; a group is written when it has so many or is full."""

ROW_GROUP_BYTES = 64 * 1024 * 1024
"""Bytes of batches held for a row group; at that size it is written, however few its rows."""

SHOWN_ROWS = 20
"""Rows in a notebook's table and in ``repr``; the line below says how many more there are."""

SHOWN_CHARS = 200
"""Characters of a cell in a notebook's table; a longer text is cut there, ending in an ellipsis."""

EXCERPT_COLUMNS = 100
"""Width of the SQL line that an error shows; a longer line is cut on both sides of the caret."""

ERROR_BYTES_MAX = 65_536
"""Bytes read of the body of a refusal; the rest of a longer one is not looked at."""

TOKEN_SECONDS_MAX = 10.0
"""Seconds that a provider may be silent when it is asked for a token; then there is none."""

TOKEN_BYTES_MAX = 1 << 20
"""A longer answer of a provider is cut, and is no token."""

TOKEN_RENEWED_S = 60.0
"""A token is asked for again so long before its end, or a fifth of its time if that is less."""

TOKEN_RETRIED_S = 5.0
"""While a token is good, a provider that is away is asked no sooner again than after this."""

TOKEN_UNTOLD_S = 300.0
"""A token whose end the provider does not tell is asked for anew after so long."""
