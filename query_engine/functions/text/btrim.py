"""btrim(text, [characters]): the text without the characters (spaces if left out) at both ends."""

from query_engine.functions.shapes import trimming_function

BTRIM = trimming_function(
    "btrim",
    lambda text, characters: text.str.strip_chars(characters),
    "The text without the characters (spaces if left out) at both ends.",
    ("btrim('  x ')", "x"),
    ("trim(both '-' FROM '--x-')", "x"),
    aliases=("trim",),
)
