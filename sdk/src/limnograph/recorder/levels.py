"""The levels of log events, most serious first."""

FATAL, ERROR, WARNING, INFO, DEBUG, TRACE = 1, 2, 3, 4, 5, 6

LEVELS = {
    "fatal": FATAL,
    "error": ERROR,
    "warning": WARNING,
    "info": INFO,
    "debug": DEBUG,
    "trace": TRACE,
}
