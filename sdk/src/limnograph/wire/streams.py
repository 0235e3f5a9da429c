"""The ids of a process's streams, which whoever speaks for a dead process must find again."""

LOG_STREAM, METRICS_STREAM, TRACE_STREAM, THREAD_STREAMS = 1, 2, 3, 16
"""Numbers of a process's streams, from which their ids are derived; threads count from the last."""

_LOW_BITS = (1 << 62) - 1


def derived_id(origin: str, number: int) -> str:
    """
    Return the id that *origin* gives to its part *number*; always the same one.

    Whoever speaks for a dead process says with it the same as that one would have.
    """
    whole = int(origin.replace("-", ""), 16)
    return uuid_text(whole & ~_LOW_BITS | (whole + number) & _LOW_BITS)


def thread_stream_id(process_id: str, thread: int) -> str:
    """Return the id of the stream with the profile spans of a thread, by the thread's number."""
    return derived_id(process_id, THREAD_STREAMS + thread)


def uuid_text(number: int) -> str:
    """Return 128 bits as lower-case hyphenated text."""
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
