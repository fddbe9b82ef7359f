-- Shells and interpreters below servers that have no business to start any.
-- :server text = %: pattern of the server's name
SELECT p.start_ts, p.host_pid, p.uid, server.comm AS server, server.host_pid AS server_pid, a.depth, p.comm, p.argv
FROM processes p
JOIN process_ancestors a ON a.process_key = p.process_key
JOIN processes server ON server.process_key = a.ancestor_key
WHERE (p.comm IN ('sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'busybox', 'perl', 'nc', 'ncat', 'socat', 'curl', 'wget')
        OR p.comm LIKE 'python%' OR p.exe LIKE '%/bin/%sh')
    AND server.comm IN ('nginx', 'apache2', 'httpd', 'lighttpd', 'caddy', 'php-fpm', 'php', 'java', 'node', 'gunicorn', 'uwsgi', 'mysqld',
    'mariadbd', 'postgres', 'redis-server', 'mongod', 'exim4', 'sendmail', 'postfix', 'named', 'smbd', 'tomcat', 'w3wp')
    AND server.comm LIKE :server
ORDER BY p.start_ns, p.process_key, a.depth;
