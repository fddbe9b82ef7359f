-- Which packets were there?
SELECT boot.boot_ns, p.event_key, p.comm, p.owner_by, p.direction, p.hook, p.interface, p.protocol, p.src, p.src_port, p.src_name, p.dst,
    p.dst_port, p.dst_name, p.length, p.captured, p.payload_bytes, p.ttl, p.tcp_flags, p.tcp_seq, p.tcp_ack, p.tcp_window, p.problem
FROM packets p JOIN net_packet_raw boot ON boot.event_key = p.event_key
ORDER BY boot.boot_ns, p.event_key LIMIT 40;
