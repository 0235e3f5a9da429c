"""Where the pieces of a run are done: in this process, or by the workers of a dask cluster."""
