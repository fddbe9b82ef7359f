-- What was done to files by name: one row for each access, done or refused.
--
-- The rule against double rows: system calls and requests of io_uring are the accesses, because every capture has them, by
-- whatever hooks it was made. What a hook of the kernel says of the same access (security_file_open, security_inode_unlink,
-- ...) is a row only in captures that have no row of the calls that lead to it, because only the hook was asked for. An exec
-- is the sched_process_exec of it, one that failed the call. Calls by the 32-bit interface do not tell their paths: they are
-- in compat_syscall, and where hooks of the kernel saw what they did, in the tables of those.
SELECT {who}, operation,
    CASE WHEN resolved IS NOT NULL THEN resolved
        WHEN given IS NULL OR dir IS NULL OR substr(given, 1, 1) = '/' THEN given
        WHEN substr(given, 1, 2) = './' THEN CASE WHEN dir = '/' THEN '' ELSE dir END || substr(given, 2)
        WHEN dir = '/' THEN '/' || given
        ELSE dir || '/' || given END AS path,
    CASE WHEN other IS NULL OR other_dir IS NULL OR substr(other, 1, 1) = '/' THEN other
        WHEN other_dir = '/' THEN '/' || other
        ELSE other_dir || '/' || other END AS other_path,
    flags, mode, ret, error,
    CASE WHEN resolved IS NULL THEN word WHEN word = 'path,other_path' THEN 'other_path' WHEN word <> 'path' THEN word END
        AS from_user
FROM (
    SELECT {who}, CASE WHEN flags LIKE '%O_CREAT%' THEN 'create' ELSE 'open' END AS operation,
        CASE WHEN ret >= 0 THEN ret_path END AS resolved, pathname AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        flags AS flags, mode AS mode, ret, error, 'path' AS word FROM open
    UNION ALL
    SELECT {who}, CASE WHEN flags LIKE '%O_CREAT%' THEN 'create' ELSE 'open' END AS operation,
        CASE WHEN ret >= 0 THEN ret_path END AS resolved, pathname AS given,
        CASE WHEN dirfd = 'AT_FDCWD' THEN cwd_path ELSE dirfd_path END AS dir, NULL AS other, NULL AS other_dir,
        flags AS flags, mode AS mode, ret, error, 'path' AS word FROM openat
    UNION ALL
    SELECT {who}, CASE WHEN how LIKE '%O_CREAT%' THEN 'create' ELSE 'open' END AS operation,
        CASE WHEN ret >= 0 THEN ret_path END AS resolved, pathname AS given,
        CASE WHEN dirfd = 'AT_FDCWD' THEN cwd_path ELSE dirfd_path END AS dir, NULL AS other, NULL AS other_dir,
        how AS flags, NULL AS mode, ret, error, 'path' AS word FROM openat2
    UNION ALL
    SELECT {who}, 'create' AS operation,
        CASE WHEN ret >= 0 THEN ret_path END AS resolved, pathname AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, mode AS mode, ret, error, 'path' AS word FROM creat
    UNION ALL
    SELECT {who}, 'open' AS operation,
        CASE WHEN ret >= 0 THEN ret_path END AS resolved, NULL AS given,
        NULL AS dir, NULL AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, NULL AS word FROM open_by_handle_at
    UNION ALL
    SELECT {who}, 'exec' AS operation,
        CASE WHEN interp = pathname THEN exe_path ELSE executable_path END AS resolved, pathname AS given,
        cwd_path AS dir, CASE WHEN interp <> pathname THEN exe_path END AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, 0 AS ret, error, NULL AS word FROM sched_process_exec
    UNION ALL
    SELECT {who}, 'exec' AS operation,
        NULL AS resolved, pathname AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path' AS word FROM execve
        WHERE ret < 0
    UNION ALL
    SELECT {who}, 'exec' AS operation,
        CASE WHEN pathname = '' THEN dirfd_path END AS resolved, pathname AS given,
        CASE WHEN dirfd = 'AT_FDCWD' THEN cwd_path ELSE dirfd_path END AS dir, NULL AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, 'path' AS word FROM execveat
        WHERE ret < 0
    UNION ALL
    SELECT {who}, 'rename' AS operation,
        NULL AS resolved, oldpath AS given,
        cwd_path AS dir, newpath AS other, cwd_path AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM rename
    UNION ALL
    SELECT {who}, 'rename' AS operation,
        NULL AS resolved, oldpath AS given,
        CASE WHEN olddirfd = 'AT_FDCWD' THEN cwd_path ELSE olddirfd_path END AS dir, newpath AS other, CASE WHEN newdirfd = 'AT_FDCWD' THEN cwd_path ELSE newdirfd_path END AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM renameat
    UNION ALL
    SELECT {who}, 'rename' AS operation,
        NULL AS resolved, oldpath AS given,
        CASE WHEN olddirfd = 'AT_FDCWD' THEN cwd_path ELSE olddirfd_path END AS dir, newpath AS other, CASE WHEN newdirfd = 'AT_FDCWD' THEN cwd_path ELSE newdirfd_path END AS other_dir,
        flags AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM renameat2
    UNION ALL
    SELECT {who}, 'link' AS operation,
        NULL AS resolved, oldpath AS given,
        cwd_path AS dir, newpath AS other, cwd_path AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM link
    UNION ALL
    SELECT {who}, 'link' AS operation,
        CASE WHEN oldpath = '' THEN olddirfd_path END AS resolved, oldpath AS given,
        CASE WHEN olddirfd = 'AT_FDCWD' THEN cwd_path ELSE olddirfd_path END AS dir, newpath AS other, CASE WHEN newdirfd = 'AT_FDCWD' THEN cwd_path ELSE newdirfd_path END AS other_dir,
        flags AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM linkat
    UNION ALL
    SELECT {who}, 'symlink' AS operation,
        NULL AS resolved, linkpath AS given,
        cwd_path AS dir, target AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM symlink
    UNION ALL
    SELECT {who}, 'symlink' AS operation,
        NULL AS resolved, linkpath AS given,
        CASE WHEN newdirfd = 'AT_FDCWD' THEN cwd_path ELSE newdirfd_path END AS dir, target AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM symlinkat
    UNION ALL
    SELECT {who}, 'unlink' AS operation,
        NULL AS resolved, pathname AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path' AS word FROM unlink
    UNION ALL
    SELECT {who}, CASE WHEN flags LIKE '%AT_REMOVEDIR%' THEN 'rmdir' ELSE 'unlink' END AS operation,
        NULL AS resolved, pathname AS given,
        CASE WHEN dirfd = 'AT_FDCWD' THEN cwd_path ELSE dirfd_path END AS dir, NULL AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, 'path' AS word FROM unlinkat
    UNION ALL
    SELECT {who}, 'rmdir' AS operation,
        NULL AS resolved, pathname AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path' AS word FROM rmdir
    UNION ALL
    SELECT {who}, 'mkdir' AS operation,
        NULL AS resolved, pathname AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, mode AS mode, ret, error, 'path' AS word FROM mkdir
    UNION ALL
    SELECT {who}, 'mkdir' AS operation,
        NULL AS resolved, pathname AS given,
        CASE WHEN dirfd = 'AT_FDCWD' THEN cwd_path ELSE dirfd_path END AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, mode AS mode, ret, error, 'path' AS word FROM mkdirat
    UNION ALL
    SELECT {who}, 'mknod' AS operation,
        NULL AS resolved, pathname AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, mode AS mode, ret, error, 'path' AS word FROM mknod
    UNION ALL
    SELECT {who}, 'mknod' AS operation,
        NULL AS resolved, pathname AS given,
        CASE WHEN dirfd = 'AT_FDCWD' THEN cwd_path ELSE dirfd_path END AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, mode AS mode, ret, error, 'path' AS word FROM mknodat
    UNION ALL
    SELECT {who}, 'chmod' AS operation,
        NULL AS resolved, pathname AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, mode AS mode, ret, error, 'path' AS word FROM chmod
    UNION ALL
    SELECT {who}, 'chmod' AS operation,
        fd_path AS resolved, NULL AS given,
        NULL AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, mode AS mode, ret, error, NULL AS word FROM fchmod
    UNION ALL
    SELECT {who}, 'chmod' AS operation,
        NULL AS resolved, pathname AS given,
        CASE WHEN dirfd = 'AT_FDCWD' THEN cwd_path ELSE dirfd_path END AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, mode AS mode, ret, error, 'path' AS word FROM fchmodat
    UNION ALL
    SELECT {who}, 'chmod' AS operation,
        CASE WHEN pathname = '' THEN dirfd_path END AS resolved, pathname AS given,
        CASE WHEN dirfd = 'AT_FDCWD' THEN cwd_path ELSE dirfd_path END AS dir, NULL AS other, NULL AS other_dir,
        flags AS flags, mode AS mode, ret, error, 'path' AS word FROM fchmodat2
    UNION ALL
    SELECT {who}, 'chown' AS operation,
        NULL AS resolved, pathname AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path' AS word FROM chown
    UNION ALL
    SELECT {who}, 'chown' AS operation,
        NULL AS resolved, pathname AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path' AS word FROM lchown
    UNION ALL
    SELECT {who}, 'chown' AS operation,
        fd_path AS resolved, NULL AS given,
        NULL AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, NULL AS word FROM fchown
    UNION ALL
    SELECT {who}, 'chown' AS operation,
        CASE WHEN pathname = '' THEN dirfd_path END AS resolved, pathname AS given,
        CASE WHEN dirfd = 'AT_FDCWD' THEN cwd_path ELSE dirfd_path END AS dir, NULL AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, 'path' AS word FROM fchownat
    UNION ALL
    SELECT {who}, 'truncate' AS operation,
        NULL AS resolved, path AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path' AS word FROM truncate
    UNION ALL
    SELECT {who}, 'truncate' AS operation,
        fd_path AS resolved, NULL AS given,
        NULL AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, NULL AS word FROM ftruncate
    UNION ALL
    SELECT {who}, 'utime' AS operation,
        NULL AS resolved, filename AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path' AS word FROM utime
    UNION ALL
    SELECT {who}, 'utime' AS operation,
        NULL AS resolved, filename AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path' AS word FROM utimes
    UNION ALL
    SELECT {who}, 'utime' AS operation,
        CASE WHEN pathname = '' OR pathname IS NULL THEN dirfd_path END AS resolved, pathname AS given,
        CASE WHEN dirfd = 'AT_FDCWD' THEN cwd_path ELSE dirfd_path END AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path' AS word FROM futimesat
    UNION ALL
    SELECT {who}, 'utime' AS operation,
        CASE WHEN pathname = '' OR pathname IS NULL THEN dirfd_path END AS resolved, pathname AS given,
        CASE WHEN dirfd = 'AT_FDCWD' THEN cwd_path ELSE dirfd_path END AS dir, NULL AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, 'path' AS word FROM utimensat
    UNION ALL
    SELECT {who}, 'setxattr' AS operation,
        NULL AS resolved, path AS given,
        cwd_path AS dir, name AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM setxattr
    UNION ALL
    SELECT {who}, 'setxattr' AS operation,
        NULL AS resolved, path AS given,
        cwd_path AS dir, name AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM lsetxattr
    UNION ALL
    SELECT {who}, 'setxattr' AS operation,
        fd_path AS resolved, NULL AS given,
        NULL AS dir, name AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, 'other_path' AS word FROM fsetxattr
    UNION ALL
    SELECT {who}, 'setxattr' AS operation,
        CASE WHEN pathname = '' THEN dirfd_path END AS resolved, pathname AS given,
        CASE WHEN dirfd = 'AT_FDCWD' THEN cwd_path ELSE dirfd_path END AS dir, name AS other, NULL AS other_dir,
        at_flags AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM setxattrat
    UNION ALL
    SELECT {who}, 'removexattr' AS operation,
        NULL AS resolved, path AS given,
        cwd_path AS dir, name AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM removexattr
    UNION ALL
    SELECT {who}, 'removexattr' AS operation,
        NULL AS resolved, path AS given,
        cwd_path AS dir, name AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM lremovexattr
    UNION ALL
    SELECT {who}, 'removexattr' AS operation,
        fd_path AS resolved, NULL AS given,
        NULL AS dir, name AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'other_path' AS word FROM fremovexattr
    UNION ALL
    SELECT {who}, 'removexattr' AS operation,
        CASE WHEN pathname = '' THEN dirfd_path END AS resolved, pathname AS given,
        CASE WHEN dirfd = 'AT_FDCWD' THEN cwd_path ELSE dirfd_path END AS dir, name AS other, NULL AS other_dir,
        at_flags AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM removexattrat
    UNION ALL
    SELECT {who}, 'mount' AS operation,
        NULL AS resolved, target AS given,
        cwd_path AS dir, source AS other, NULL AS other_dir,
        mountflags AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM mount
    UNION ALL
    SELECT {who}, 'mount' AS operation,
        CASE WHEN to_path = '' THEN to_dfd_path END AS resolved, to_path AS given,
        CASE WHEN to_dfd = 'AT_FDCWD' THEN cwd_path ELSE to_dfd_path END AS dir, CASE WHEN from_path = '' THEN from_dfd_path ELSE from_path END AS other, CASE WHEN from_dfd = 'AT_FDCWD' THEN cwd_path ELSE from_dfd_path END AS other_dir,
        flags AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM move_mount
    UNION ALL
    SELECT {who}, 'umount' AS operation,
        NULL AS resolved, target AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, 'path' AS word FROM umount2
    UNION ALL
    SELECT {who}, 'chroot' AS operation,
        NULL AS resolved, path AS given,
        cwd_path AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path' AS word FROM chroot
    UNION ALL
    SELECT {who}, 'pivot_root' AS operation,
        NULL AS resolved, new_root AS given,
        cwd_path AS dir, put_old AS other, cwd_path AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, 'path,other_path' AS word FROM pivot_root
    UNION ALL
    -- What a request gave is what comes next of the same ring and request: addresses of requests are used again. An error is
    -- shown with its sign there (-ENOENT).
    SELECT {who}, CASE opcode WHEN 'IORING_OP_UNLINKAT' THEN 'unlink' WHEN 'IORING_OP_RENAMEAT' THEN 'rename'
            WHEN 'IORING_OP_MKDIRAT' THEN 'mkdir' WHEN 'IORING_OP_SYMLINKAT' THEN 'symlink'
            WHEN 'IORING_OP_LINKAT' THEN 'link' WHEN 'IORING_OP_SETXATTR' THEN 'setxattr'
            ELSE CASE WHEN open_flags LIKE '%O_CREAT%' THEN 'create' ELSE 'open' END END AS operation,
        NULL AS resolved, pathname AS given,
        COALESCE(directory_path, cwd_path) AS dir, new_pathname AS other, COALESCE(new_directory_path, cwd_path) AS other_dir,
        CASE WHEN opcode IN ('IORING_OP_OPENAT', 'IORING_OP_OPENAT2') THEN open_flags END AS flags, NULL AS mode,
        CASE WHEN next_given = 1 THEN next_number END AS ret,
        CASE WHEN next_given = 1 AND next_number < 0 THEN substr(next_result, 2) END AS error, NULL AS word
    FROM (
        SELECT {who}, opcode, open_flags, pathname, directory_path, cwd_path, new_pathname, new_directory_path, given,
            LEAD(given) OVER (PARTITION BY capture, ctx, req, opcode ORDER BY boot_ns, given, event_key) AS next_given,
            LEAD(number) OVER (PARTITION BY capture, ctx, req, opcode ORDER BY boot_ns, given, event_key) AS next_number,
            LEAD(result) OVER (PARTITION BY capture, ctx, req, opcode ORDER BY boot_ns, given, event_key) AS next_result
        FROM (
            SELECT {who}, opcode, ctx, req, open_flags, pathname, directory_path, cwd_path, new_pathname, new_directory_path,
                0 AS given, NULL AS number, NULL AS result FROM io_uring_submit_req
                WHERE opcode IN ('IORING_OP_OPENAT', 'IORING_OP_OPENAT2', 'IORING_OP_UNLINKAT', 'IORING_OP_RENAMEAT',
                    'IORING_OP_MKDIRAT', 'IORING_OP_SYMLINKAT', 'IORING_OP_LINKAT', 'IORING_OP_SETXATTR')
            UNION ALL
            SELECT {who}, opcode, ctx, req, NULL AS open_flags, NULL AS pathname, NULL AS directory_path, NULL AS cwd_path,
                NULL AS new_pathname, NULL AS new_directory_path, 1 AS given, res_number AS number, res AS result
                FROM io_uring_complete
                WHERE opcode IN ('IORING_OP_OPENAT', 'IORING_OP_OPENAT2', 'IORING_OP_UNLINKAT', 'IORING_OP_RENAMEAT',
                    'IORING_OP_MKDIRAT', 'IORING_OP_SYMLINKAT', 'IORING_OP_LINKAT', 'IORING_OP_SETXATTR')
        ) step
    ) request
    WHERE given = 0
    UNION ALL
    SELECT {who}, CASE WHEN flags LIKE '%O_CREAT%' THEN 'create' ELSE 'open' END AS operation,
        pathname AS resolved, NULL AS given,
        NULL AS dir, NULL AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, NULL AS word FROM security_file_open
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'open', 'openat', 'openat2', 'creat', 'open_by_handle_at'))
    UNION ALL
    SELECT {who}, 'rename' AS operation,
        old_path AS resolved, NULL AS given,
        NULL AS dir, new_path AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, NULL AS word FROM security_inode_rename
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'rename', 'renameat', 'renameat2'))
    UNION ALL
    SELECT {who}, 'link' AS operation,
        old_path AS resolved, NULL AS given,
        NULL AS dir, new_path AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, NULL AS word FROM security_inode_link
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'link', 'linkat'))
    UNION ALL
    SELECT {who}, 'symlink' AS operation,
        linkpath AS resolved, NULL AS given,
        NULL AS dir, target AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, NULL AS word FROM security_inode_symlink
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'symlink', 'symlinkat'))
    UNION ALL
    SELECT {who}, 'unlink' AS operation,
        pathname AS resolved, NULL AS given,
        NULL AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, NULL AS word FROM security_inode_unlink
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'unlink', 'unlinkat', 'rmdir'))
    UNION ALL
    SELECT {who}, CASE WHEN mode LIKE '%S_IFDIR%' THEN 'mkdir' ELSE 'mknod' END AS operation,
        file_name AS resolved, NULL AS given,
        NULL AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, mode AS mode, ret, error, NULL AS word FROM security_inode_mknod
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'mkdir', 'mkdirat', 'mknod', 'mknodat'))
    UNION ALL
    SELECT {who}, 'chmod' AS operation,
        pathname AS resolved, NULL AS given,
        NULL AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, mode AS mode, ret, error, NULL AS word FROM chmod_common
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'chmod', 'fchmod', 'fchmodat', 'fchmodat2'))
    UNION ALL
    SELECT {who}, 'chown' AS operation,
        pathname AS resolved, NULL AS given,
        NULL AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, NULL AS word FROM chown_common
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'chown', 'lchown', 'fchown', 'fchownat'))
    UNION ALL
    SELECT {who}, 'truncate' AS operation,
        pathname AS resolved, NULL AS given,
        NULL AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, NULL AS word FROM do_truncate
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'truncate', 'ftruncate'))
    UNION ALL
    SELECT {who}, 'utime' AS operation,
        pathname AS resolved, NULL AS given,
        NULL AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, NULL AS word FROM vfs_utimes
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'utime', 'utimes', 'futimesat', 'utimensat'))
    UNION ALL
    SELECT {who}, 'setxattr' AS operation,
        pathname AS resolved, NULL AS given,
        NULL AS dir, name AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, NULL AS word FROM security_inode_setxattr
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'setxattr', 'lsetxattr', 'fsetxattr', 'setxattrat'))
    UNION ALL
    SELECT {who}, 'mount' AS operation,
        path AS resolved, NULL AS given,
        NULL AS dir, dev_name AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, NULL AS word FROM security_sb_mount
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'mount', 'move_mount'))
    UNION ALL
    SELECT {who}, 'umount' AS operation,
        path AS resolved, NULL AS given,
        NULL AS dir, NULL AS other, NULL AS other_dir,
        flags AS flags, NULL AS mode, ret, error, NULL AS word FROM security_sb_umount
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'umount2'))
    UNION ALL
    SELECT {who}, 'chroot' AS operation,
        resolved_path AS resolved, NULL AS given,
        NULL AS dir, NULL AS other, NULL AS other_dir,
        NULL AS flags, NULL AS mode, ret, error, NULL AS word FROM security_path_chroot
        WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event IN (
            'chroot'))
) access
