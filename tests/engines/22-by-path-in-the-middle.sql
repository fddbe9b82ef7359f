-- Which paths have a dot or an underscore in their last part, and which does a pattern with one letter find?
SELECT DISTINCT path FROM files
WHERE path LIKE '%.%' OR path LIKE '%\_%' ESCAPE '\' OR path LIKE '/_in/%' ORDER BY path;
