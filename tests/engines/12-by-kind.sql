-- Events of one kind, through the table of all: what was executed?
SELECT boot_ns, comm, exe, ret, error FROM events WHERE event = 'execve' ORDER BY boot_ns, event_key;
