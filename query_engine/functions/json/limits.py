"""Every bound of the JSON functions, with what happens when it is reached."""

DEPTH_MAX = 254
"""
The JSON library writes no deeper value: jsonb_parse gives NULL for such a text, as for an invalid
one, and a function that would nest a document deeper ends its query.
"""
