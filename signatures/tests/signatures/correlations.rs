//! Correlations: what they find, the same from the stream and from SQL, in bounded room.

use signatures::{Detector, Finding, Level, Set};

use crate::engines::{by_sql, database};
use crate::loading::{error, set};
use crate::rows::{Owned, OwnedRow, Random};

const RULES: &str = "title: a\nname: a\ntable: executions\ndetection:\n  s:\n    exe: /a\n  condition: s\n---\ntitle: b\nname: b\ntable: executions\ndetection:\n  s:\n    exe: /b\n  condition: s\n---\ntitle: c\nname: c\ntable: connections\ndetection:\n  s:\n    exe: /c\n  condition: s\n---\n";

/// The signatures a, b (executions) and c (connections), and a correlation.
fn correlated(fields: &str) -> Set {
    set(&format!("{RULES}title: together\nlevel: high\ncorrelation:\n{fields}"))
}

/// Rows in order: seconds, program, user, command line.
fn rows(set: &Set, given: &[(i64, &str, Option<i64>, &str)]) -> Vec<(usize, OwnedRow)> {
    let row = |(key, (second, exe, uid, line)): (usize, &(i64, &str, Option<i64>, &str))| {
        let table = set.tables().named(if *exe == "/c" { "connections" } else { "executions" }).unwrap();
        let declared = &set.tables().all()[table];
        let row = OwnedRow::new(declared, key as i64).text(declared, "exe", exe).text(declared, "command_line", line);
        let mut row = match uid {
            Some(uid) => row.integer(declared, "uid", *uid),
            None => row,
        };
        row.0[2] = Owned::Integer(second * 1_000_000_000);
        (table, row)
    };
    given.iter().enumerate().map(row).collect()
}

fn findings(set: &Set, rows: &[(usize, OwnedRow)]) -> Vec<Finding> {
    let (mut detector, mut findings) = (Detector::new(set), Vec::new());
    for (table, row) in rows {
        detector.row(*table, row, &mut findings);
    }
    findings
}

/// The keys of the rows at which the correlation finds something: the same from the stream and from SQLite.
fn fires(set: &Set, given: &[(i64, &str, Option<i64>, &str)]) -> Vec<i64> {
    let rows = rows(set, given);
    let streamed: Vec<i64> = findings(set, &rows)
        .iter()
        .filter(|finding| finding.signature == 3)
        .map(|finding| finding.rows.last().unwrap().event_key)
        .collect();
    assert_eq!(by_sql(&database(set.tables(), &rows), set, 3), streamed);
    streamed
}

const U: Option<i64> = Some(1);

#[test]
fn event_count_fires_once_a_burst_and_group() {
    let set =
        correlated("  type: event_count\n  rules: a\n  group-by: [uid]\n  timespan: 10s\n  condition:\n    gte: 3\n");
    let given = [
        (0, "/a", U, ""),
        (1, "/a", Some(2), ""),
        (2, "/a", U, ""),
        (3, "/b", U, ""),
        (10, "/a", U, ""), // 0, 2 and 10: the window's ends belong to it
        (11, "/a", U, ""), // goes on
        (12, "/a", None, ""),
        (12, "/a", None, ""),
        (12, "/a", None, ""), // no group at all
        (40, "/a", U, ""),
        (41, "/a", U, ""),
        (41, "/a", U, ""), // another burst
    ];
    assert_eq!(fires(&set, &given), [4, 11]);
    let found = findings(&set, &rows(&set, &given));
    assert_eq!(
        found.iter().map(|finding| finding.signature).collect::<Vec<_>>(),
        [1, 3, 3],
        "a alone is not reported, b is"
    );
    assert_eq!(found[1].rows.iter().map(|row| row.event_key).collect::<Vec<_>>(), [0, 2, 4]);
    assert_eq!(set.signatures()[3].metadata.level, Level::High);
}

#[test]
fn value_count_counts_different_values() {
    let set = correlated(
        "  type: value_count\n  rules: [a]\n  timespan: 1m\n  condition:\n    field: command_line\n    gte: 3\n  generate: true\n",
    );
    let given = [(0, "/a", U, "x"), (1, "/a", U, "x"), (2, "/a", U, "y"), (3, "/a", U, "X"), (70, "/a", U, "z")];
    assert_eq!(fires(&set, &given), [3]);
    let alone = findings(&set, &rows(&set, &given)).iter().filter(|finding| finding.signature == 0).count();
    assert_eq!(alone, 5, "generate reports the signatures as well");
}

#[test]
fn temporal_wants_all_and_ordered_wants_their_order() {
    let fields = |kind| {
        format!(
            "  type: {kind}\n  rules: [a, b, c]\n  group-by: [who]\n  timespan: 10s\n  aliases:\n    who:\n      a: uid\n      b: uid\n      c: uid\n"
        )
    };
    let (any, ordered) = (correlated(&fields("temporal")), correlated(&fields("temporal_ordered")));
    let backwards = [(0, "/c", U, ""), (1, "/b", U, ""), (2, "/a", U, ""), (3, "/b", Some(2), ""), (4, "/b", U, "")];
    assert_eq!(fires(&any, &backwards), [2]);
    assert!(fires(&ordered, &backwards).is_empty());
    let forwards = [(0, "/a", U, ""), (1, "/c", U, ""), (2, "/b", U, ""), (9, "/c", U, ""), (30, "/c", U, "")];
    assert_eq!(fires(&any, &forwards), [2]);
    assert_eq!(fires(&ordered, &forwards), [3]);
}

#[test]
fn sums_averages_and_percentiles() {
    let fields = |kind: &str, more: &str| {
        format!("  type: {kind}\n  rules: a\n  timespan: 10s\n  condition:\n    field: uid\n    {more}\n")
    };
    let given: Vec<(i64, &str, Option<i64>, &str)> =
        [5, 1, 9, 2, -3, 20].iter().zip(0..).map(|(uid, second)| (second, "/a", Some(*uid), "")).collect();
    assert_eq!(fires(&correlated(&fields("value_sum", "gt: 14")), &given), [2, 5]);
    assert_eq!(fires(&correlated(&fields("value_avg", "lt: 3")), &given), [4]);
    // Of 5 1 the middle is 1, of 5 1 9 5, of 5 1 9 2 2, ...
    assert_eq!(fires(&correlated(&fields("value_percentile", "percentile: 50\n    lte: 2")), &given), [1, 3]);
    assert_eq!(fires(&correlated(&fields("value_percentile", "percentile: 100\n    gte: 9")), &given), [2]);
}

#[test]
fn random_rows_give_the_same_from_stream_and_sql() {
    let mut random = Random::new(8);
    for (kind, condition) in [
        ("event_count", "gt: 2\n    lt: 6"),
        ("value_count", "field: uid\n    eq: 2"),
        ("temporal", "gte: 2"),
        ("temporal_ordered", "gte: 3"),
        ("value_sum", "field: uid\n    gte: 4"),
        ("value_avg", "field: uid\n    gte: 1"),
        ("value_percentile", "field: uid\n    percentile: 90\n    gte: 2"),
    ] {
        for group in ["", "  group-by: command_line\n"] {
            let set = correlated(&format!(
                "  type: {kind}\n  rules: [b, a, c]\n{group}  timespan: 5s\n  condition:\n    {condition}\n"
            ));
            let mut second = 0;
            let mut fired = 0;
            for _ in 0..20 {
                let given: Vec<(i64, &str, Option<i64>, &str)> = (0..30)
                    .map(|_| {
                        second += random.below(3) as i64;
                        let uid = Some(random.below(4) as i64).filter(|_| !random.one_in(6));
                        (second, *random.pick(&["/a", "/b", "/c", "/d"]), uid, *random.pick(&["x", "y"]))
                    })
                    .collect();
                fired += fires(&set, &given).len();
            }
            assert!(fired > 0, "{kind}");
        }
    }
}

#[test]
fn a_window_that_holds_a_loss_says_so() {
    let set = correlated("  type: event_count\n  rules: a\n  timespan: 10s\n  condition:\n    gte: 2\n");
    let given = [0, 1, 100, 101, 200, 201].map(|second| (second, "/a", U, ""));
    let rows = rows(&set, &given);
    let (mut detector, mut findings) = (Detector::new(&set), Vec::new());
    for (at, (table, row)) in rows.iter().enumerate() {
        if at == 0 {
            detector.loss(-20_000_000_000, -11_000_000_000);
        }
        if at == 2 {
            detector.loss(92_000_000_000, 92_000_000_001);
        }
        if at == 4 {
            detector.loss(150_000_000_000, 190_999_999_999);
        }
        detector.row(*table, row, &mut findings);
    }
    assert_eq!(findings.iter().map(|finding| finding.loss).collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn room_is_bounded_and_what_was_forgotten_is_told() {
    let set =
        correlated("  type: event_count\n  rules: a\n  group-by: uid\n  timespan: 1h\n  condition:\n    gte: 2\n");
    let table = set.tables().named("executions").unwrap();
    let declared = &set.tables().all()[table];
    let (mut detector, mut findings) = (Detector::new(&set), Vec::new());
    for key in 0..30_000 {
        let row = OwnedRow::new(declared, key).text(declared, "exe", "/a").integer(declared, "uid", key);
        detector.row(table, &row, &mut findings);
    }
    assert!(findings.is_empty());
    let (signature, forgotten) = detector.forgotten().next().unwrap();
    assert!(signature == 3 && forgotten >= 15_000, "{forgotten}");
    let last = OwnedRow::new(declared, 30_000).text(declared, "exe", "/a").integer(declared, "uid", 29_999);
    detector.row(table, &last, &mut findings);
    assert!(findings[0].forgot && findings[0].rows.len() == 2);
}

#[test]
fn long_texts_are_told_apart() {
    let set = correlated(
        "  type: event_count\n  rules: a\n  group-by: command_line\n  timespan: 10s\n  condition:\n    gte: 2\n",
    );
    let (long, other) = ("x".repeat(5000), format!("{}y", "x".repeat(4999)));
    let given = [(0, "/a", U, long.as_str()), (1, "/a", U, other.as_str()), (2, "/a", U, long.as_str())];
    assert_eq!(fires(&set, &given), [2]);
}

#[test]
fn one_group_of_many_rows_is_bounded() {
    let set =
        correlated("  type: value_sum\n  rules: a\n  timespan: 1h\n  condition:\n    field: uid\n    gt: 150000\n");
    let table = set.tables().named("executions").unwrap();
    let declared = &set.tables().all()[table];
    let (mut detector, mut findings) = (Detector::new(&set), Vec::new());
    for key in 0..250_000 {
        let row = OwnedRow::new(declared, key).text(declared, "exe", "/a").integer(declared, "uid", 1);
        detector.row(table, &row, &mut findings);
    }
    assert!(findings.is_empty() && detector.forgotten().next().is_some());
}

#[test]
fn what_is_no_correlation_says_why() {
    for (fields, why) in [
        (
            "  type: event_cuont\n  rules: a\n  timespan: 1m\n",
            "unknown type \"event_cuont\"; did you mean event_count?",
        ),
        ("  type: event_count\n  rules: a\n  timespan: 1m\n", "the field condition is missing"),
        ("  type: event_count\n  rules: d\n  timespan: 1m\n  condition:\n    gte: 1\n", "unknown signature \"d\""),
        ("  type: event_count\n  rules: a\n  timespan: 1x\n  condition:\n    gte: 1\n", "no timespan such as"),
        ("  type: event_count\n  rules: a\n  timespan: 9999999y\n  condition:\n    gte: 1\n", "longer than 366 days"),
        ("  type: value_sum\n  rules: a\n  timespan: 1m\n  condition:\n    gte: 1\n", "condition.field is missing"),
        ("  type: value_sum\n  rules: a\n  timespan: 1m\n  condition:\n    field: exe\n    gte: 1\n", "only integers"),
        ("  type: event_count\n  rules: [a, a]\n  timespan: 1m\n  condition:\n    gte: 1\n", "is there twice"),
        ("  type: temporal\n  rules: [a, c]\n  group-by: [cwd]\n  timespan: 1m\n", "unknown field \"cwd\""),
        (
            "  type: temporal\n  rules: [a, c]\n  group-by: [x]\n  timespan: 1m\n  aliases:\n    x:\n      a: uid\n      c: exe\n",
            "differ from those",
        ),
        (
            "  type: value_percentile\n  rules: a\n  timespan: 1m\n  condition:\n    field: uid\n    gte: 1\n",
            "condition.percentile is missing",
        ),
    ] {
        let told = error(&format!("{RULES}title: together\ncorrelation:\n{fields}"));
        assert!(told.contains(why), "{fields}: {told}");
        assert!(told.starts_with("a.yml:2") || told.starts_with("a.yml:3"), "{told}");
    }
}
