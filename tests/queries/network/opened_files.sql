-- Every file that was opened, with the path that was asked for; a job in the background has /dev/null as its input, a path
-- on a page that nobody had touched before.
SELECT comm, pathname, ret_path, ret FROM openat WHERE ret >= 0 ORDER BY comm, pathname, ts_ns;
