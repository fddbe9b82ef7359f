-- Which of some operations were there?
WITH wanted(place, operation) AS (VALUES (1, 'open'), (2, 'create'), (3, 'unlink'), (4, 'reboot'))
SELECT w.place, w.operation, COUNT(f.event_key) AS n
FROM wanted w LEFT JOIN file_accesses f ON f.operation = w.operation GROUP BY w.place, w.operation ORDER BY w.place;
