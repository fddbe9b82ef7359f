-- Names that changed: directories made, a symbolic link, a rename, files removed; in which directory, by whom.
SELECT event, comm, coalesce(json_extract(args, '$.oldpath'), json_extract(args, '$.target')) AS first,
       coalesce(json_extract(args, '$.newpath'), json_extract(args, '$.linkpath'), json_extract(args, '$.pathname')) AS name,
       json_extract(args, '$.cwd_path') AS inside, ret
FROM events
WHERE event IN ('mkdir', 'rename', 'symlink', 'unlink')
ORDER BY ts_ns;
