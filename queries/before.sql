-- What happened in the time before a moment, of everything or of one process.
-- :at time: the moment
-- :within duration = 10s: how long before
-- :pid integer = null: of this process only, as the host has it
SELECT ts, host_pid, comm, event, ret, args
FROM events
WHERE ts_ns BETWEEN :at - :within AND :at AND (:pid IS NULL OR host_pid = :pid)
ORDER BY boot_ns, event_key, event;
