-- What is the first event of each kind?
SELECT event, boot_ns, comm FROM (
    SELECT event, boot_ns, comm, ROW_NUMBER() OVER (PARTITION BY event ORDER BY boot_ns, event_key) AS place FROM events
) numbered WHERE place = 1 ORDER BY event;
