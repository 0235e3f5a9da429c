"""Side-by-side measurements of the parts, each against a named peer in the same run."""
