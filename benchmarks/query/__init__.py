"""Three suites of SQL, asked of our engine, DuckDB and DataFusion over the same files."""
