-- Who wrote most, and where to: bytes by process and file or socket.
-- :limit integer = 20: how many
WITH written AS (
    SELECT process_key, host_pid, comm, fd_path AS target, ret FROM write WHERE ret > 0
    UNION ALL
    SELECT process_key, host_pid, comm, fd_path, ret FROM pwrite64 WHERE ret > 0
    UNION ALL
    SELECT process_key, host_pid, comm, fd_path, ret FROM writev WHERE ret > 0
    UNION ALL
    SELECT process_key, host_pid, comm, out_fd_path, ret FROM sendfile WHERE ret > 0
    UNION ALL
    SELECT process_key, host_pid, comm, fd_out_path, ret FROM copy_file_range WHERE ret > 0
    UNION ALL
    SELECT process_key, host_pid, comm, sockfd_path, ret FROM sendto WHERE ret > 0
)
SELECT host_pid, comm, target, SUM(ret) AS bytes, COUNT(*) AS calls
FROM written
GROUP BY process_key, host_pid, comm, target
ORDER BY bytes DESC, host_pid, target
LIMIT :limit;
