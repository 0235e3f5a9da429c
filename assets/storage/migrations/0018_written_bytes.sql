-- Bytes of the payloads that a segment was written with; NULL: not known, size is an upper bound.
ALTER TABLE segments ADD COLUMN written_bytes bigint;
