-- A file has no parts: rows are deleted one by one.
SELECT 1;
