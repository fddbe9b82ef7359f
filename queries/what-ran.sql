-- What was executed, in order: by whom, started by what, with which arguments.
-- :path text = %: pattern of the program's path, % stands for any characters
-- :uid integer = null: of this user only
SELECT e.ts, e.host_pid, e.uid, parent.comm AS parent, e.exe_path AS executable, e.argv, e.container_id
FROM sched_process_exec e
LEFT JOIN processes p ON p.process_key = e.process_key
LEFT JOIN processes parent ON parent.process_key = p.parent_key
WHERE e.exe_path LIKE :path AND (:uid IS NULL OR e.uid = :uid)
ORDER BY e.boot_ns, e.event_key;
