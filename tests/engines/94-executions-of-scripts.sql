-- How many programs and scripts each program executed.
SELECT parent_exe, COUNT(*) AS executed, SUM(CASE WHEN script IS NOT NULL THEN 1 ELSE 0 END) AS scripts,
    SUM(CASE WHEN from_memory THEN 1 ELSE 0 END) AS from_memory, MIN(argc) AS fewest, MAX(argc) AS most
FROM executions
GROUP BY parent_exe
ORDER BY parent_exe NULLS LAST
