-- Which keys are there twice in the same kind?
SELECT capture, event_key, event, COUNT(*) AS n FROM events GROUP BY capture, event_key, event HAVING COUNT(*) > 1
ORDER BY capture, event_key, event;
