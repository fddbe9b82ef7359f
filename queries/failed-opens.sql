-- Files that could not be opened: which, why, by whom, how often.
-- :error text = %: name of the error, as EACCES
SELECT path, error, comm, COUNT(*) AS times, MIN(ts) AS first
FROM file_accesses
WHERE operation IN ('open', 'create') AND error LIKE :error
GROUP BY path, error, comm
ORDER BY times DESC, first, path;
