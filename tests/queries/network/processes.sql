-- The servers, their children and the clients: who started them and how they ended. httpd forks for each connection.
SELECT coalesce(parent.comm, 'outside') AS parent, child.comm, child.argv, child.exit_code, child.exit_signal
FROM processes child LEFT JOIN processes parent ON parent.process_key = child.parent_key
WHERE child.argv IS NOT NULL
ORDER BY child.start_ns;
