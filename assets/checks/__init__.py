"""What can be wrong with the lake, looked for on purpose: checks, each with what to do about it."""
