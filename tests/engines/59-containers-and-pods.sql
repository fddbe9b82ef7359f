-- Which containers and pods were there?
SELECT 'container' AS what, container_id AS id, runtime, name, is_new, start_open, end_open, why_not FROM containers
UNION ALL
SELECT 'pod', pod_uid, NULL, pod_name, containers > 0, NULL, NULL, NULL FROM pods
ORDER BY 1, 2;
