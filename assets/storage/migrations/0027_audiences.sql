-- Who may read a process: the audience of the credential that registered it. Never changes.
ALTER TABLE processes ADD COLUMN audience text NOT NULL DEFAULT 'default';
CREATE INDEX processes_audience ON processes (audience);

-- Refuse to write to a process, or to a stream of one, that another audience has registered.
CREATE FUNCTION check_audience(wanted text, process_ids uuid[], stream_ids uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    found uuid;
BEGIN
    SELECT p.process_id INTO found FROM processes p
     WHERE p.process_id = ANY(process_ids) AND p.audience <> wanted LIMIT 1;
    IF found IS NULL THEN
        SELECT s.process_id INTO found FROM streams s JOIN processes p USING (process_id)
         WHERE s.stream_id = ANY(stream_ids) AND p.audience <> wanted LIMIT 1;
    END IF;
    IF found IS NOT NULL THEN
        RAISE EXCEPTION '%', found USING ERRCODE = 'LM001';
    END IF;
END $$;
