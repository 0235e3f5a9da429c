"""The tables that SQL can name: pinned Delta files plus the tail, and live views of Postgres."""
