"""Starts the parts together: embedded Postgres, limnod, the demo."""
