-- Which connections have both of their ends here?
SELECT a.comm AS asked, b.comm AS took, a.remote_address, a.remote_port
FROM connections a JOIN connections b ON b.local_port = a.remote_port AND b.remote_port = a.local_port
WHERE a.direction = 'out' AND b.direction = 'in' AND a.protocol = b.protocol
ORDER BY a.boot_ns, a.event_key, b.boot_ns, b.event_key;
