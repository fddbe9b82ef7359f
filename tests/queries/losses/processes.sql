-- The lane of control lost nothing: every process is there, with its parent, its arguments and its end. The six dd are
-- forks of the shell that never execute anything: they have its arguments.
SELECT coalesce(parent.argv, 'outside') AS parent, child.argv, child.exe, child.exit_code, child.end_open, count(*) AS processes
FROM processes child LEFT JOIN processes parent ON parent.process_key = child.parent_key
WHERE child.argv IS NOT NULL
GROUP BY 1, 2, 3, 4, 5 ORDER BY min(child.start_ns);
