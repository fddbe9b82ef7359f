//! Correlations of every type, and random rows for them: at the borders of windows, of one moment, with values missing, and
//! of several members at once.

use std::path::PathBuf;

use signatures::{Options, Set};

use crate::rows::{Owned, OwnedRow, Random};

/// Three signatures about executions, the last of which matches what the others match as well, and one about connections.
const MEMBERS: &str = "title: a\nname: a\ntable: executions\ndetection:\n  s:\n    exe: /a\n  condition: s\n---\ntitle: b\nname: b\ntable: executions\ndetection:\n  s:\n    exe: /b\n  condition: s\n---\ntitle: any\nname: any\ntable: executions\ndetection:\n  s:\n    exe|startswith: /\n  condition: s\n---\ntitle: c\nname: c\ntable: connections\ndetection:\n  s:\n    exe: /c\n  condition: s\n---\n";
const TIMESPAN_NS: i64 = 5_000_000_000;

/// A set for every type, four conditions of each and four ways to group; where `generate` says so, members report as well.
pub(crate) fn sets() -> impl Iterator<Item = (String, bool, Set)> {
    let types = [
        ("event_count", ["gte: 2", "gt: 1\n    lt: 4", "eq: 3", "neq: 1"]),
        (
            "value_count",
            ["field: uid\n    gte: 2", "field: pid\n    eq: 1", "field: exe\n    gte: 2", "field: uid\n    neq: 2"],
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
    ];
    let groups = [
        "",
        "  group-by: command_line\n",
        "  group-by: [uid, command_line]\n",
        "  group-by: [who]\n  aliases:\n    who:\n      a: uid\n      b: pid\n      any: host_pid\n      c: uid\n",
    ];
    let written = types.into_iter().flat_map(|(kind, conditions)| conditions.map(|condition| (kind, condition)));
    let written = written.flat_map(move |(kind, condition)| groups.map(|group| (kind, condition, group)));
    written.enumerate().map(|(number, (kind, condition, group))| {
        let generate = number % 3 == 0;
        let correlation = format!(
            "title: t\ncorrelation:\n  type: {kind}\n  rules: [b, a, c, any]\n{group}  timespan: 5s\n  condition:\n    {condition}\n  generate: {generate}\n"
        );
        let file = (PathBuf::from("a.yml"), format!("{MEMBERS}{correlation}"));
        (correlation, generate, Set::parse(&[file], Options::default()).unwrap())
    })
}

/// Rows in their order.
pub(crate) fn rows(set: &Set, count: i64, random: &mut Random) -> Vec<(usize, OwnedRow)> {
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
