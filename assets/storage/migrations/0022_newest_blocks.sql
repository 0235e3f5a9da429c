-- The newest block of each thread of a process, whatever the age of the lake: it tells what is open.
CREATE INDEX blocks_of_threads ON blocks (stream_id, object_offset, end_time_ns)
    WHERE tags @> ARRAY['cpu'];
