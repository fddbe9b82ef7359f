-- How many rows and losses has each kind, by the index?
SELECT event, "rows", lost FROM event_counts ORDER BY event NULLS LAST;
