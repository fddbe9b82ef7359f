-- What was executed, by whom, and with what before it.
SELECT boot_ns, event_key, event, host_pid, pid, comm, exe, command_line, uid, user, euid, login_uid, cwd, parent_host_pid, parent_exe,
    parent_command_line, parent_user, ancestor_exes, previous_exe, interpreter, script, from_memory, file_system, written,
    writer_exe, written_ns_ago, downloaded, secure, stdin, stdout, stderr, argc, a0, a1
FROM executions
ORDER BY boot_ns, event_key, event
