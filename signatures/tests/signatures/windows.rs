//! Correlations over random rows: the stream and SQLite find the same, at the borders of windows, among rows of one moment, with
//! values missing, and where one row is of several members.

use signatures::{Detector, Set};

use crate::engines::{by_sql, database, key};
use crate::loading::set;
use crate::rows::{Owned, OwnedRow, Random};

/// Three signatures about executions, the last of which matches what the others match as well, and one about connections.
const MEMBERS: &str = "title: a\nname: a\ntable: executions\ndetection:\n  s:\n    exe: /a\n  condition: s\n---\ntitle: b\nname: b\ntable: executions\ndetection:\n  s:\n    exe: /b\n  condition: s\n---\ntitle: any\nname: any\ntable: executions\ndetection:\n  s:\n    exe|startswith: /\n  condition: s\n---\ntitle: c\nname: c\ntable: connections\ndetection:\n  s:\n    exe: /c\n  condition: s\n---\n";
const CORRELATION: usize = 4;
const TIMESPAN_NS: i64 = 5_000_000_000;

fn rows(set: &Set, count: i64, random: &mut Random) -> Vec<(usize, OwnedRow)> {
    let mut now_ns = 0;
    let row = |number| {
        let program = *random.pick(&["/a", "/a", "/b", "/c", "/d"]);
        let table = set.tables().named(if program == "/c" { "connections" } else { "executions" }).unwrap();
        let declared = &set.tables().all()[table];
        let mut row = OwnedRow::new(declared, number).text(declared, "exe", program);
        if !random.one_in(5) {
            row = row.text(declared, "command_line", random.pick::<&str>(&["x", "X", ""]));
        }
        for column in ["uid", "pid", "host_pid"] {
            if !random.one_in(5) {
                row = row.integer(declared, column, random.below(4) as i64 - 1);
            }
        }
        // Moments that many rows share, and rows that a window holds just still or just not any more.
        now_ns += *random.pick(&[0, 0, 1, 1_000_000_000, 2_500_000_000, TIMESPAN_NS - 1, TIMESPAN_NS, TIMESPAN_NS + 1]);
        row.0[2] = Owned::Integer(now_ns);
        (table, row)
    };
    (0..count).map(row).collect()
}

/// Findings by signature: the keys of the rows at which they were made.
fn streamed(set: &Set, rows: &[(usize, OwnedRow)]) -> Vec<Vec<i64>> {
    let (mut detector, mut findings) = (Detector::new(set), Vec::new());
    let mut keys = vec![Vec::new(); set.signatures().len()];
    for (table, row) in rows {
        findings.clear();
        detector.row(*table, row, &mut findings);
        for finding in &findings {
            assert_eq!(finding.rows.last().unwrap().event_key, key(row));
            keys[finding.signature].push(key(row));
        }
    }
    keys
}

#[test]
fn stream_and_sql_find_the_same_at_every_border() {
    let mut random = Random::new(2026);
    let groups = [
        "",
        "  group-by: command_line\n",
        "  group-by: [uid, command_line]\n",
        "  group-by: [who]\n  aliases:\n    who:\n      a: uid\n      b: pid\n      any: host_pid\n      c: uid\n",
    ];
    for (kind, conditions) in [
        ("event_count", ["gte: 2", "gt: 1\n    lt: 4", "eq: 3", "neq: 1"]),
        (
            "value_count",
            [
                "field: uid\n    gte: 2",
                "field: pid\n    eq: 1",
                "field: command_line\n    gte: 2",
                "field: uid\n    neq: 2",
            ],
        ),
        ("temporal", ["gte: 2", "gte: 4", "eq: 3", "lt: 2"]),
        ("temporal_ordered", ["gte: 2", "gte: 4", "eq: 3", "lte: 1"]),
        (
            "value_sum",
            ["field: uid\n    gte: 2", "field: uid\n    lt: 0", "field: pid\n    eq: 1", "field: pid\n    neq: 0"],
        ),
        (
            "value_avg",
            ["field: uid\n    gte: 1", "field: uid\n    lt: 1", "field: pid\n    eq: 1", "field: pid\n    lte: 0"],
        ),
        (
            "value_percentile",
            [
                "field: uid\n    percentile: 50\n    gte: 1",
                "field: uid\n    percentile: 1\n    lt: 0",
                "field: pid\n    percentile: 100\n    eq: 2",
                "field: pid\n    percentile: 67\n    lte: 0",
            ],
        ),
    ] {
        let mut fired = 0;
        for condition in conditions {
            for group in groups {
                let generate = random.one_in(2);
                let set = set(&format!(
                    "{MEMBERS}title: t\ncorrelation:\n  type: {kind}\n  rules: [b, a, c, any]\n{group}  timespan: 5s\n  condition:\n    {condition}\n  generate: {generate}\n"
                ));
                for _ in 0..4 {
                    let rows = rows(&set, 60, &mut random);
                    let (streamed, database) = (streamed(&set, &rows), database(set.tables(), &rows));
                    let found = by_sql(&database, &set, CORRELATION);
                    assert_eq!(streamed[CORRELATION], found, "{kind} {condition}\n{group}");
                    fired += found.len();
                    for member in 0..CORRELATION {
                        let found = if generate { by_sql(&database, &set, member) } else { Vec::new() };
                        assert_eq!(streamed[member], found, "{kind}: member {member}, generate {generate}");
                    }
                }
            }
        }
        assert!(fired >= 50, "{kind}: {fired}");
    }
}
