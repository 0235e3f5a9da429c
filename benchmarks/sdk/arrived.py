"""What of a process's events the lake has, counted in its metadata."""

import psycopg

from benchmarks.scratch_lake import ScratchLake


def rows_of(lake: ScratchLake, process_id: str) -> dict[str, int]:
    """Return the stored rows of a process by tag: log, metrics, cpu."""
    with psycopg.connect(lake.settings.database_url) as connection:
        found = connection.execute(
            "SELECT tags[1], sum(nb_objects)::bigint FROM blocks WHERE process_id = %s GROUP BY 1",
            (process_id,),
        ).fetchall()
    return dict(found)


def processes(lake: ScratchLake, service: str) -> list[str]:
    """Return the processes of a service."""
    with psycopg.connect(lake.settings.database_url) as connection:
        found = connection.execute(
            "SELECT process_id::text FROM processes WHERE properties->>'service' = %s", (service,)
        ).fetchall()
    return [process_id for (process_id,) in found]
