-- What a settled hour has blocks of, as "<tag> <format>": a view that reads one of a tag's formats
-- only need not look into, or cover, an hour that has none. NULL: not known yet.
ALTER TABLE slice_closings ADD COLUMN tagged_formats text[];
