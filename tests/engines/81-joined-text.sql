-- The programs of each parent in one line.
SELECT parent.comm, STRING_AGG(child.comm, ',' ORDER BY child.start_ns, child.host_pid) AS children
FROM processes child JOIN processes parent ON parent.process_key = child.parent_key
WHERE NOT child.start_open GROUP BY parent.process_key, parent.comm, parent.host_pid ORDER BY parent.host_pid;
