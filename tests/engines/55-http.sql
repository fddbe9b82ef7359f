-- What was asked of web servers, and what did they say?
SELECT h.http_key, h.comm, h.kind, h.method, h.host, h.target, h.status, h.reason, h.version, h.content_type, h.user_agent,
    h.body, h.body_bytes, h.missing_bytes, h.certain, r.http_key AS answer
FROM http h LEFT JOIN http r ON r.request_key = h.http_key ORDER BY h.http_key;
