"""SQL text to Arrow batches over Delta tables and the tail."""
