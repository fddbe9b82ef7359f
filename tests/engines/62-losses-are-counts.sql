-- How much was lost of what came, per kind?
SELECT c.event, c."rows" AS kept, c.lost, l.n AS told, 100.0 * c.lost / (c."rows" + c.lost) AS percent
FROM event_counts c LEFT JOIN (SELECT event, SUM("count") AS n FROM losses GROUP BY event) l ON l.event = c.event
WHERE c.lost > 0 ORDER BY c.event NULLS LAST;
