-- Opens of what is not there (ENOENT is 2).
SELECT comm, args, ret_path FROM openat JOIN (SELECT row AS at FROM events WHERE ret = -2) ON at = row
ORDER BY ts_ns;
