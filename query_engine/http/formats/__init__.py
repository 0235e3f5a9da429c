"""The forms of a result over HTTP, one a file."""
