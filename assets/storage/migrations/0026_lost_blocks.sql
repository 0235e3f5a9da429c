-- Of these hours some blocks were lost by the object store, and an operator has accepted it: of a
-- process some may be left, which sampling never does.
ALTER TABLE sampled_hours ADD COLUMN lost boolean NOT NULL DEFAULT false;
