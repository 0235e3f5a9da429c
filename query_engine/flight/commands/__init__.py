"""The commands of Flight SQL: one file each, listed in `catalog`."""
