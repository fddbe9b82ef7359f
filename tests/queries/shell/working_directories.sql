-- The shell went to /tmp before it started anything; of a child that executed nothing it is not known.
SELECT process.cwd, count(*) AS processes, group_concat(process.comm, ' ') AS names
FROM (SELECT * FROM processes WHERE argv IS NOT NULL ORDER BY start_ns LIMIT -1 OFFSET 1) process
GROUP BY process.cwd;
