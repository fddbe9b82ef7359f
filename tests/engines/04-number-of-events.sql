-- How many events are there?
SELECT COUNT(*) AS events FROM events;
