-- A loss is a range of sequence numbers of one CPU and lane, all of it lost: the counts fill it, and no row is inside.
WITH range AS (
    SELECT lane, cpu, first_seq, last_seq, first_ns, last_ns, sum(count) AS lost FROM losses GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT count(*) > 0 AS ranges, sum(last_seq - first_seq + 1 != lost) AS unequal, sum(last_ns < first_ns) AS backwards,
       (SELECT count(*) FROM range a JOIN range b ON a.lane = b.lane AND a.cpu = b.cpu AND a.first_seq < b.first_seq
        AND a.last_seq >= b.first_seq) AS overlapping,
       (SELECT count(*) FROM range JOIN write ON write.cpu = range.cpu AND write.seq BETWEEN first_seq AND last_seq)
       + (SELECT count(*) FROM range JOIN read ON read.cpu = range.cpu AND read.seq BETWEEN first_seq AND last_seq) AS inside
FROM range;
