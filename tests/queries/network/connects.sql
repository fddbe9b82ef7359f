-- Who connected to where, and what the socket was then.
SELECT call.comm, process.argv, call.addr, call.ret, socket.family, socket.type, socket.protocol, socket.state,
       socket.peer = call.addr AS peer_is_address
FROM connect call JOIN processes process USING (process_key) JOIN objects socket ON socket.id = call.sockfd_object
WHERE call.ret = 0
ORDER BY call.ts_ns;
