"""The routes of the HTTP door, one concern a file."""
