-- Calls by name, though their numbers are others there; flags and structures with the values that they have there.
SELECT event, json_extract(args, '$.flags') AS flags, json_extract(args, '$.prot') AS prot, json_extract(args, '$.event') AS data,
       json_extract(args, '$.ret_path') AS ret_path
FROM events
WHERE comm = 'aarch64' AND (event IN ('renameat2', 'pipe2', 'epoll_ctl')
      OR (event = 'openat' AND (args LIKE '%O_DIRECTORY%' OR args LIKE '%O_CREAT%'))
      OR (event = 'mmap' AND args LIKE '%PROT_BTI%'))
ORDER BY ts_ns, event_key;
