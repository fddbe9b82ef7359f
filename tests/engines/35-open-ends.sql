-- How many processes have a beginning and an end that are known?
SELECT start_open, end_open, COUNT(*) AS n FROM processes GROUP BY start_open, end_open ORDER BY start_open, end_open;
