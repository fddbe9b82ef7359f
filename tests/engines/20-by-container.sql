-- How many events has each container, and what is outside?
SELECT CASE WHEN container_id IS NULL THEN 'host' ELSE 'container' END AS place, COUNT(*) AS n,
    COUNT(DISTINCT process_key) AS processes
FROM events GROUP BY 1 ORDER BY 1;
