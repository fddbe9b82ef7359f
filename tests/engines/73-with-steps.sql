-- Which processes opened something and wrote something?
WITH opened AS (SELECT DISTINCT process_key FROM openat WHERE ret >= 0),
wrote AS (SELECT process_key, COUNT(*) AS n FROM write GROUP BY process_key)
SELECT p.comm, p.host_pid, w.n FROM opened o JOIN wrote w ON w.process_key = o.process_key
JOIN processes p ON p.process_key = o.process_key ORDER BY p.host_pid, w.n;
