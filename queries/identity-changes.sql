-- Processes that became somebody else, or got capabilities: from whom to whom, by which call.
SELECT ts, host_pid, comm, exe, syscall, old_uid, new_uid, old_euid, new_euid, old_cap_effective, new_cap_effective
FROM commit_creds
WHERE old_uid <> new_uid OR old_euid <> new_euid OR old_gid <> new_gid
    OR old_cap_effective_number <> new_cap_effective_number
ORDER BY boot_ns, event_key;
