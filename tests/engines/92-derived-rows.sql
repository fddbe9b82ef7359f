-- Which rows did replay make from others, by hook?
SELECT event, hook, COUNT(*) AS n, MIN(event_key) AS least, MAX(event_key) AS greatest
FROM events WHERE syscall IS NULL GROUP BY event, hook ORDER BY event, hook NULLS LAST;
