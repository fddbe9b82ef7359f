-- Which programs made more than a hundredth of all events?
SELECT comm, COUNT(*) AS n FROM events GROUP BY comm
HAVING COUNT(*) * 100 > (SELECT COUNT(*) FROM events) ORDER BY n DESC, comm NULLS LAST;
