-- Which calls never returned? NULL is neither 0 nor other than 0.
SELECT event, COUNT(*) AS n, COUNT(ret) AS returned,
    SUM(CASE WHEN ret = 0 THEN 1 ELSE 0 END) AS zero, SUM(CASE WHEN ret <> 0 THEN 1 ELSE 0 END) AS other
FROM events WHERE syscall IS NOT NULL GROUP BY event HAVING COUNT(*) > COUNT(ret) ORDER BY event;
