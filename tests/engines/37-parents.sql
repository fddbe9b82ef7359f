-- Whose child is each process?
SELECT child.comm AS child, child.host_pid, parent.comm AS parent, parent.host_pid AS parent_pid
FROM processes child LEFT JOIN processes parent ON parent.process_key = child.parent_key
ORDER BY child.start_ns, child.host_pid, child.process_key;
