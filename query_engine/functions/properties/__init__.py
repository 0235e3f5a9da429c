"""Functions of maps: the properties of events and processes."""
