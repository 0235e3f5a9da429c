"""rtrim(text, [characters]): the text without the characters (spaces if left out) at its end."""

from query_engine.functions.shapes import trimming_function

RTRIM = trimming_function(
    "rtrim",
    lambda text, characters: text.str.strip_chars_end(characters),
    "The text without the characters (spaces if left out) at its end.",
    ("rtrim('1.500', '0')", "1.5"),
)
