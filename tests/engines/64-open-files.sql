-- What was open when a segment began?
SELECT o.segment, p.comm, o.fd, o.path FROM open_files o LEFT JOIN processes p ON p.process_key = o.process_key
ORDER BY o.segment, o.host_pid, o.fd;
