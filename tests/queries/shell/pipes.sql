-- Who wrote into each pipe, who read from it, and how much. Both ends are one inode and two open files.
WITH written AS (
    SELECT process_key, fd_object AS object, ret FROM write WHERE ret > 0
    UNION ALL SELECT process_key, out_fd_object, ret FROM sendfile WHERE ret > 0
), ends AS (
    SELECT object.inode, object.open_flags, process.argv, process.comm, sum(written.ret) AS bytes, process.start_ns
    FROM written JOIN objects object ON object.id = written.object JOIN processes process USING (process_key)
    WHERE object.fs_magic = 'PIPEFS_MAGIC' GROUP BY object.inode, process_key
), readers AS (
    SELECT object.inode, object.open_flags, process.argv, process.comm, sum(read.ret) AS bytes
    FROM read JOIN objects object ON object.id = read.fd_object JOIN processes process USING (process_key)
    WHERE object.fs_magic = 'PIPEFS_MAGIC' AND read.ret > 0 GROUP BY object.inode, process_key
)
SELECT ends.comm AS writer, ends.argv AS writer_argv, ends.open_flags AS writes, ends.bytes AS written,
       readers.comm AS reader, readers.argv AS reader_argv, readers.open_flags AS reads, readers.bytes AS read
FROM ends JOIN readers USING (inode)
ORDER BY ends.start_ns;
