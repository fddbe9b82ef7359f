-- Which handshakes were there?
SELECT tls_key, comm, kind, server_name, alpn, version, versions, cipher_suites, extensions, encrypted_hello, is_retry,
    ja3, ja4, ja3s, client_key, problem
FROM tls ORDER BY tls_key;
