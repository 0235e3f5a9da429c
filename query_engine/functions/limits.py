"""Limits of the functions; each sentence says what happens at the limit."""

DIGITS_MAX = 15
"""More digits than a DOUBLE has mean nothing: round and trunc refuse them, in columns cut them."""

FACTORIAL_MAX = 20
"""The last number whose factorial 64 bits hold; a greater one ends the query."""

TEXT_CHARS_MAX = 1_000_000
"""Longer texts are not made by lpad, rpad and repeat: a value that asks for one is refused."""

ARRAY_ITEMS_MAX = 1_000_000
"""Longer arrays are not made by range, array_repeat and array_resize: such a value is refused."""
