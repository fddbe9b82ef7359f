-- How often was each thing done to files, and how often in vain?
SELECT operation, COUNT(*) AS n, COUNT(error) AS failed, COUNT(DISTINCT path) AS paths
FROM file_accesses GROUP BY operation ORDER BY operation;
