-- How many events there are of each kind, and how many were lost.
SELECT event, SUM(rows) AS rows, SUM(lost) AS lost
FROM event_counts
GROUP BY event
ORDER BY 2 DESC, event;
