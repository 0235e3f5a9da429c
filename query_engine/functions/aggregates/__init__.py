"""Functions of the rows of a group."""
