-- Quotes in patterns and results.
SELECT argv, LENGTH(argv) AS letters FROM processes WHERE argv LIKE '%''%' OR argv_json LIKE '%"%' ORDER BY start_ns, host_pid;
