-- Views that operators define. origin: 'sql', or the file that the definition is kept in.
CREATE TABLE defined_views (
    name         text PRIMARY KEY,
    origin       text NOT NULL,
    definition   jsonb NOT NULL,
    table_number integer NOT NULL,
    changed_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Every Delta table that such a view has had. A number is never given twice: what a straggler
-- writes into a table that is being removed is nobody else's.
CREATE TABLE defined_tables (
    name       text NOT NULL,
    number     integer NOT NULL CHECK (number > 0),
    columns    jsonb NOT NULL,
    dropped_at timestamptz,
    removal_at timestamptz,
    removed_at timestamptz,
    PRIMARY KEY (name, number)
);

-- Definitions that cannot be used, by where they stand; the views there were before go on.
CREATE TABLE defined_view_problems (
    origin  text PRIMARY KEY,
    name    text NOT NULL,
    problem text NOT NULL,
    since   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Moves with every change of the three above that programs have to learn of.
CREATE TABLE defined_views_revision (
    single   boolean PRIMARY KEY DEFAULT true CHECK (single),
    revision bigint NOT NULL
);
INSERT INTO defined_views_revision (revision) VALUES (0);
