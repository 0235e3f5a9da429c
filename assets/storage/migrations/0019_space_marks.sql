-- Since when space_retention is at a day: NULL for days that another task has marked. Once begun it
-- goes on below the bound, with its own days only and while its rule is the one of that time.
ALTER TABLE retiring_days ADD COLUMN for_space_since timestamptz;
