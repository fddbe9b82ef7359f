-- What did programs execute that are named sh, or were?
SELECT x.boot_ns, x.comm, x.pathname, x.argv FROM execve x
WHERE x.process_key IN (SELECT process_key FROM processes WHERE exe = '/bin/busybox')
ORDER BY x.boot_ns, x.event_key;
