-- Which kinds are there, and what are they?
SELECT event, id, doc FROM event_kinds WHERE "rows" > 0 ORDER BY id;
