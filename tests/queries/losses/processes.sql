-- The lane of control lost nothing: every process is there, with its parent and its end.
SELECT coalesce(parent.comm, 'outside') AS parent, child.comm, child.argv, child.exit_code, child.unfinished, count(*) AS processes
FROM processes child LEFT JOIN processes parent ON parent.process_key = child.parent_key
WHERE child.argv IS NOT NULL
GROUP BY 1, 2, 3, 4, 5 ORDER BY min(child.start_ns);
