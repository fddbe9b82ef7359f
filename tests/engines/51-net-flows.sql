-- Which flows were there, between whom?
SELECT flow_key, protocol, addr, port, name, peer_addr, peer_port, peer_name, direction, packets_out, bytes_out, packets_in,
    bytes_in, payload_out, payload_in, state, first_ns, last_ns, first_open, last_open, is_local, comm, peer_comm, content, problem
FROM net_flows ORDER BY flow_key;
