-- For which kinds does the index say another number than the rows do?
SELECT c.event, c."rows" AS told, COUNT(e.event_key) AS counted
FROM event_counts c LEFT JOIN events e ON e.event = c.event
WHERE c.event IS NOT NULL
GROUP BY c.event, c."rows" HAVING c."rows" <> COUNT(e.event_key) ORDER BY c.event;
