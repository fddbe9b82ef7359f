-- What the 32-bit program called, by the names of its own table.
SELECT comm, exe, syscall, number_number AS number, ret, marks, arg0 FROM compat_syscall ORDER BY ts_ns, event_key;
