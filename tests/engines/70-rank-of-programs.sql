-- Which programs have most events, by rank?
SELECT comm, n, RANK() OVER (ORDER BY n DESC) AS ranked, DENSE_RANK() OVER (ORDER BY n DESC) AS dense,
    ROW_NUMBER() OVER (ORDER BY n DESC, comm) AS place
FROM (SELECT comm, COUNT(*) AS n FROM events WHERE comm IS NOT NULL GROUP BY comm) counted ORDER BY place;
