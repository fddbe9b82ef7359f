-- What did the descendants of the recorded command open?
SELECT f.comm, f.path, f.operation, COUNT(*) AS n
FROM file_accesses f
WHERE EXISTS (
    SELECT 1 FROM process_ancestors a JOIN processes older ON older.process_key = a.ancestor_key
    WHERE a.process_key = f.process_key AND older.comm = 'sh')
GROUP BY f.comm, f.path, f.operation ORDER BY f.comm, f.path NULLS LAST, f.operation;
