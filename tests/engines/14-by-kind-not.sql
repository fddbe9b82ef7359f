-- What else is there than the three commonest calls?
SELECT event, COUNT(*) AS n FROM events WHERE event NOT IN ('read', 'write', 'close') AND event <> 'brk'
GROUP BY event ORDER BY n DESC, event;
