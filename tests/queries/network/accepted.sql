-- Each connection from both sides: the server's end has the client's end as its peer. An IPv6 listener sees an IPv4 client
-- under a mapped address.
SELECT server.comm AS server, listener.local AS listens, replace(replace(accepted.local, '::ffff:', ''), '127.0.0.1:', '') AS port,
       client.comm AS client, process.argv, call.addr = accepted.peer AS told
FROM accept call
JOIN processes server USING (process_key)
JOIN objects listener ON listener.id = call.sockfd_object
JOIN objects accepted ON accepted.id = call.ret_object
JOIN objects other ON other.local = replace(replace(replace(accepted.peer, '::ffff:', ''), '[', ''), ']', '')
     AND other.peer = replace(replace(replace(accepted.local, '::ffff:', ''), '[', ''), ']', '')
JOIN connect client ON client.sockfd_object = other.id
JOIN processes process ON process.process_key = client.process_key
WHERE call.ret >= 0
ORDER BY call.ts_ns;
