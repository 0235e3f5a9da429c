"""Every bound of the Flight door, with what happens when it is reached."""

MESSAGE_FIELDS_MAX = 10_000
"""A message of more fields, or of more numbers in one, is refused before it is read on."""

NAME_PATTERN_CHARS_MAX = 1000
"""A longer pattern of names of schemas or tables is refused as `limit_exceeded`."""
