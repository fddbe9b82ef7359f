-- How many descend from whom, and over how many generations?
SELECT older.comm, older.host_pid, COUNT(*) AS descendants, MAX(a.depth) AS generations
FROM process_ancestors a JOIN processes older ON older.process_key = a.ancestor_key
GROUP BY older.comm, older.host_pid, older.process_key ORDER BY descendants DESC, older.host_pid, older.process_key;
