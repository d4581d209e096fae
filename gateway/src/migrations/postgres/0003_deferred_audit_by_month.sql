-- The audit log in parts by month, so that what is too old goes as whole parts. What is there becomes the first part as it is. While
-- that is found to fit, one look at each of its rows, the log is neither read nor written: the gateway keeps lines meanwhile.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS audit_before_pkey ON audit (id, ended_at)
-- step
DO $$
DECLARE
    -- Microseconds since the epoch: the first month that is a part of its own.
    parted_from BIGINT;
BEGIN
    SET LOCAL lock_timeout = '5s';
    LOCK TABLE audit IN ACCESS EXCLUSIVE MODE;
    SELECT extract(epoch FROM date_trunc('month', greatest(now(), to_timestamp(MAX(ended_at) / 1e6)) AT TIME ZONE 'UTC')
        + INTERVAL '1 month')::BIGINT * 1000000 INTO parted_from FROM audit;
    ALTER TABLE audit RENAME TO audit_before;
    ALTER TABLE audit_before DROP CONSTRAINT audit_pkey;
    ALTER TABLE audit_before ADD PRIMARY KEY USING INDEX audit_before_pkey;
    ALTER INDEX audit_by_time RENAME TO audit_before_by_time;
    CREATE TABLE audit (LIKE audit_before INCLUDING DEFAULTS) PARTITION BY RANGE (ended_at);
    ALTER TABLE audit ADD PRIMARY KEY (id, ended_at);
    CREATE INDEX audit_by_time ON audit (ended_at);
    EXECUTE format('ALTER TABLE audit ATTACH PARTITION audit_before FOR VALUES FROM (MINVALUE) TO (%s)', parted_from);
    -- Lines of months that have no part yet.
    CREATE TABLE audit_rest PARTITION OF audit DEFAULT;
END $$
