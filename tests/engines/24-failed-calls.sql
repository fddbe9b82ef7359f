-- Which calls failed, how, and how often?
SELECT event, error, ret, COUNT(*) AS n FROM events WHERE error IS NOT NULL GROUP BY event, error, ret
ORDER BY n DESC, event, error, ret;
