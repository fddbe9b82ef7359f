-- Every process that did not end well, and whether its parent was told.
SELECT process.comm, process.argv, process.exit_code, process.exit_signal,
       (SELECT count(*) FROM wait4 WHERE wait4.process_key = process.parent_key AND wait4.ret = process.pid) AS waited_for
FROM processes process
WHERE process.exit_code != 0 OR process.exit_signal IS NOT NULL
ORDER BY process.end_ns;
