-- How many rows has a kind's own table, and the table of all events of that kind?
SELECT 'own' AS counted, COUNT(*) AS rows_found FROM execve
UNION ALL
SELECT 'all', COUNT(*) FROM events WHERE event = 'execve'
ORDER BY counted;
