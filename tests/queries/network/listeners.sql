-- Who listens where.
SELECT bound.comm, process.argv, socket.protocol, bound.addr, bound.ret, listening.backlog, listening.ret AS listen
FROM bind bound JOIN listen listening ON listening.process_key = bound.process_key AND listening.sockfd_object = bound.sockfd_object
JOIN processes process ON process.process_key = bound.process_key
JOIN objects socket ON socket.id = bound.sockfd_object
ORDER BY bound.ts_ns;
