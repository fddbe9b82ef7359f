-- Files below /tmp that were written, with their digests.
SELECT source.comm, source.path, artifact.size, artifact.sha256, artifact.type
FROM artifact_sources source JOIN artifacts artifact USING (artifact_key) ORDER BY source.path;
