-- Flags by name, and their numbers.
SELECT DISTINCT flags, flags_number, mode, mode_number FROM openat
ORDER BY flags_number, flags, mode_number NULLS LAST;
