-- How does NULL compare, add and join with text?
SELECT COUNT(*) AS n, SUM(CASE WHEN container_id IS DISTINCT FROM 'x' THEN 1 ELSE 0 END) AS not_x,
    SUM(CASE WHEN container_id <> 'x' THEN 1 ELSE 0 END) AS known_not_x,
    COUNT(NULLIF(ret, 0)) AS not_zero, COUNT(ret + cpu) AS sums, COUNT(COALESCE(hook, error)) AS either,
    MAX(COALESCE(NULLIF(error, ''), '-')) AS last_error
FROM events;
