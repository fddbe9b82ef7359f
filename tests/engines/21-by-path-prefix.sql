-- What was opened below /tmp and /etc?
SELECT boot_ns, comm, pathname, flags, ret, error FROM openat
WHERE pathname LIKE '/tmp/%' OR pathname LIKE '/etc/%' ORDER BY boot_ns, event_key;
