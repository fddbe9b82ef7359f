-- Containers: name, image, from when to when, how many processes ran in each.
SELECT c.container_id, c.runtime, c.name, c.image, c.pod_name, c.is_new, c.start_ns, c.end_ns, c.start_open, c.end_open,
    COUNT(p.process_key) AS processes
FROM containers c
LEFT JOIN processes p ON p.container_id = c.container_id
GROUP BY c.container_key, c.container_id, c.runtime, c.name, c.image, c.pod_name, c.is_new, c.start_ns, c.end_ns,
    c.start_open, c.end_open
ORDER BY c.first_seen_ns, c.container_id;
