"""GetSqlInfo: what the service and its SQL can do, one fact per number of ``SqlInfo``."""
