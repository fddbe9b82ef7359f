-- Who started what, with which arguments, and how it ended. Busybox runs some of its programs in a forked shell without
-- an exec (cp, chmod, mkdir, ln, mv, ls, rm): these keep the argv of the shell and carry a name of their own.
SELECT coalesce(parent.comm, 'outside') AS parent, child.comm, child.exe, child.argv, child.exit_code, child.exit_signal,
       parent.comm IS NULL OR child.ppid = parent.pid AND child.start_ns BETWEEN parent.start_ns AND parent.end_ns
           AND child.end_ns <= parent.end_ns AS within_parent
FROM processes child LEFT JOIN processes parent ON parent.process_key = child.parent_key
WHERE child.argv IS NOT NULL
ORDER BY child.start_ns;
