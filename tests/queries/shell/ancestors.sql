-- The program that was copied, and whom it descends from: its shell, and beyond that what started the recording.
SELECT process.comm, ancestor.depth, grown.comm AS ancestor, ancestor.cut
FROM processes process JOIN process_ancestors ancestor USING (process_key)
LEFT JOIN processes grown ON grown.process_key = ancestor.ancestor_key
WHERE process.comm = 'busybox-dropped' AND ancestor.depth = 1;
