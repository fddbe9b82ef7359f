-- The program passes tls before child_tid, as aarch64 wants it.
SELECT c.flags, printf('%x', c.parent_tid) AS parent_tid, printf('%x', c.child_tid) AS child_tid, printf('%x', c.tls) AS tls,
       c.ret = p.host_pid AS made, p.exe, p.argv, p.exit_code
FROM clone c JOIN processes p ON p.parent_key = c.process_key;
