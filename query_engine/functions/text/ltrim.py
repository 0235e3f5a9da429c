"""ltrim(text, [characters]): the text without the characters (spaces if left out) at its start."""

from query_engine.functions.shapes import trimming_function

LTRIM = trimming_function(
    "ltrim",
    lambda text, characters: text.str.strip_chars_start(characters),
    "The text without the characters (spaces if left out) at its start.",
    ("ltrim('00042', '0')", "42"),
)
