-- The two hellos of TLS.
SELECT comm, kind, server_name, alpn, version, cipher_suites, dst_port = 8443 AS to_server FROM tls ORDER BY tls_key;
