"""How bytes become rows: one pure function per format and tag."""
