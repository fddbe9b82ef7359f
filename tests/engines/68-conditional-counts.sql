-- Of each program: calls, failures, opens.
SELECT comm, COUNT(*) FILTER (WHERE syscall IS NOT NULL) AS calls, COUNT(*) FILTER (WHERE ret < 0) AS failed,
    SUM(CASE event WHEN 'openat' THEN 1 WHEN 'open' THEN 1 ELSE 0 END) AS opens
FROM events GROUP BY comm ORDER BY comm NULLS LAST;
