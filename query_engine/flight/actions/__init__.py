"""The actions of the Flight door: one file each, listed in `catalog`."""
