-- What was asked of the web server, and what it said.
SELECT asked.comm, asked.method, asked.host, asked.target, asked.user_agent, answer.status, answer.comm AS answered_by
FROM http asked JOIN http answer ON answer.request_key = asked.http_key ORDER BY asked.http_key;
