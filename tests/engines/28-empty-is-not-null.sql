-- Where is text empty, and where is there none?
SELECT event, SUM(CASE WHEN from_user = '' THEN 1 ELSE 0 END) AS empty,
    SUM(CASE WHEN from_user IS NULL THEN 1 ELSE 0 END) AS none, COUNT(from_user) AS some
FROM events GROUP BY event ORDER BY event;
