-- What failed: system calls by name and error, most first.
SELECT event, error, COUNT(*) AS times, COUNT(DISTINCT process_key) AS processes, MIN(ts) AS first
FROM events
WHERE error IS NOT NULL
GROUP BY event, error
ORDER BY times DESC, event, error;
