use std::time::{Duration, Instant};

use super::*;

fn policy(name: &str, scope: &[&str], rules: &[(&str, &[&str])]) -> Policy {
    Policy {
        name: name.to_owned(),
        scope: scope.iter().map(|written| written.parse().unwrap()).collect(),
        rules: rules
            .iter()
            .map(|(event, filters)| Rule {
                event: (*event).to_owned(),
                filters: filters.iter().map(|written| written.parse().unwrap()).collect(),
            })
            .collect(),
    }
}

fn refused(json: &str) -> String {
    serde_json::from_str::<Plan>(json).map(|plan| panic!("{json} was read as {plan:?}")).unwrap_err().to_string()
}

#[test]
fn a_plan_comes_back_from_json_as_it_was() {
    let plan = Plan::new(vec![
        policy(
            "one",
            &["uid>=1000", "uid<2000", "comm=\"a,b\",c*", "executable=host:/bin/ls", "container='new'", "follow"],
            &[
                (
                    "openat",
                    &["data.pathname=/tmp/*,*\"\\xff\"*", "retval<0", "comm!=cat", "container", "not-container"],
                ),
                ("close", &[]),
            ],
        ),
        policy("two", &[], &[("event_of_a_newer_build", &["data.new_field>0x10", "container=web"])]),
    ])
    .unwrap();
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    assert!(json.contains(r#""scope":["uid>=1000","uid<2000","#), "{json}");
    assert_eq!(serde_json::to_string(&serde_json::from_str::<Plan>(&json).unwrap()).unwrap(), json);
}

#[test]
fn events_and_filters_are_found_by_name() {
    let plan = Plan::new(vec![
        policy("a", &[], &[("openat", &["retval<0"]), ("close", &[])]),
        policy("b", &[], &[("openat", &[])]),
    ])
    .unwrap();
    assert_eq!(plan.events().into_iter().collect::<Vec<_>>(), ["close", "openat"]);
    let filters: Vec<(usize, usize)> = plan.filters("openat").map(|(place, filters)| (place, filters.len())).collect();
    assert_eq!(filters, [(0, 1), (1, 0)]);
    assert_eq!(plan.filters("read").count(), 0);
    assert_eq!(plan.names(0b10).collect::<Vec<_>>(), ["b"]);
    assert_eq!(plan.names(u64::MAX).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn what_a_capture_says_has_limits() {
    let one = r#"{"name":"n","scope":[],"rules":[{"event":"read"}]}"#;
    for (json, why) in [
        (r#"{"policies":[]}"#.to_owned(), "there is no policy"),
        (format!(r#"{{"policies":[{one},{one}]}}"#), "two policies are called \"n\""),
        (format!(r#"{{"policies":[{}]}}"#, [one; 65].join(",")), "invalid length 65, expected a list of at most 64"),
        (r#"{"policies":[{"name":"n","rules":[]}]}"#.to_owned(), "rules: there is no rule (policy \"n\")"),
        (r#"{"policies":[{"name":"","rules":[]}]}"#.to_owned(), "name: the policy has no name"),
        (r#"{"policies":[{"name":"a,b","rules":[]}]}"#.to_owned(), "name: \"a,b\": a name holds no commas"),
        (r#"{"policies":[{"name":"\u001b","rules":[]}]}"#.to_owned(), "name: \"\\u{1b}\": a name holds no commas"),
        (one.replace(r#"{"event":"read"}"#, r#"{"event":"read"},{"event":"read"}"#), "missing field `policies`"),
        (
            format!(
                r#"{{"policies":[{}]}}"#,
                one.replace(r#"{"event":"read"}"#, r#"{"event":"read"},{"event":"read"}"#)
            ),
            "rules[1].event: a second rule of read",
        ),
        (
            format!(r#"{{"policies":[{}]}}"#, one.replace("read", "re ad")),
            "rules[0].event: \"re ad\" is no name of an event",
        ),
        (format!(r#"{{"policies":[{}]}}"#, one.replace("[]", r#"["uid=x"]"#)), "uid is a number"),
        (
            format!(r#"{{"policies":[{}]}}"#, one.replace("[]", r#"["global","follow"]"#)),
            "scope[0]: global is everything",
        ),
        (
            format!(r#"{{"policies":[{}]}}"#, one.replace("\"read\"", r#""read","filters":["data.<x=1"]"#)),
            "is no name of a field",
        ),
        (
            format!(r#"{{"policies":[{}]}}"#, one.replace("[]", &format!("[{}]", vec!["\"follow\""; 65].join(",")))),
            "invalid length 65",
        ),
    ] {
        assert!(refused(&json).contains(why), "{}\n{why}", refused(&json));
    }
}

#[test]
fn the_values_of_a_plan_have_a_limit_together() {
    let list = format!("data.x={}", vec!["1"; 1024].join(","));
    let rule = |event: String| Rule { event, filters: vec![list.parse().unwrap(); 8] };
    let rules: Vec<Rule> = (0..8).map(|number| rule(format!("e{number}"))).collect();
    let within = Policy { name: "n".to_owned(), scope: Vec::new(), rules };
    assert!(Plan::new(vec![within.clone()]).is_ok());
    let error = Plan::new(vec![within.clone(), Policy { name: "m".to_owned(), ..within }]).unwrap_err();
    assert_eq!(error.to_string(), "131072 values in all; there can be 65536");
}

#[test]
fn the_largest_plan_that_is_read_is_prepared_soon() {
    let begin = Instant::now();
    let rules =
        |policy: usize| (0..2048).map(|n| Rule { event: format!("e{policy}_{n}"), filters: Vec::new() }).collect();
    let large = |n: usize| Policy { name: format!("p{n}"), scope: Vec::new(), rules: rules(n) };
    let plan = Plan::new((0..64).map(large).collect()).unwrap();
    let json = serde_json::to_vec(&plan).unwrap();
    let plan: Plan = serde_json::from_slice(&json).unwrap();
    assert!(plan.compile().event("e63_2047").is_some());

    let numbers = |first: usize| (first..first + 1024).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let scope: Vec<String> = (0..64).map(|n| format!("uid!={}", numbers(n))).collect();
    let scope: Vec<&str> = scope.iter().map(String::as_str).collect();
    assert!(Plan::new(vec![policy("n", &scope[..63], &[("read", &[])])]).is_ok());
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

/// Numbers that look random and are the same every time.
struct Generator(u64);

impl Generator {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % below
    }

    fn text(&mut self, pieces: &[&str], most: usize) -> String {
        (0..self.next(most)).map(|_| pieces[self.next(pieces.len())]).collect()
    }
}

#[test]
fn nothing_written_panics_and_what_is_read_reads_back() {
    const PIECES: &[&str] = &[
        "uid",
        "pid",
        "comm",
        "container",
        "executable",
        "cgroup",
        "data.",
        "retval",
        "pathname",
        "openat",
        "openat.",
        "close",
        "=",
        "!",
        "<",
        ">",
        ",",
        "*",
        "\"",
        "'",
        "\\",
        "\\x",
        "ff",
        "new",
        "host:",
        "5:",
        "0x",
        "-",
        "/",
        " ",
        "1",
        "07",
        "é",
        "\0",
        "\u{1b}",
        ".",
        "scope.",
        "all",
        "follow",
    ];
    let mut generator = Generator(1);
    let (mut expressions, mut filters) = (0, 0);
    for round in 0..100_000 {
        let written = generator.text(PIECES, 9);
        if let Ok(expression) = written.parse::<Expression>() {
            assert_eq!(expression.to_string().parse().as_ref(), Ok(&expression), "{written:?} {expression}");
            expressions += 1;
        }
        if let Ok(filter) = written.parse::<Filter>() {
            assert_eq!(filter.to_string().parse().as_ref(), Ok(&filter), "{written:?} {filter}");
            filters += 1;
        }
        // Looking for the nearest name takes a while.
        if round % 400 == 0 {
            let _ = crate::events::select(&[&written]);
        }
    }
    assert!(expressions > 200 && filters > 200, "{expressions} {filters}");
}

#[test]
fn no_json_panics() {
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"policies\"",
        "\"name\"",
        "\"scope\"",
        "\"rules\"",
        "\"event\"",
        "\"filters\"",
        "\"a\"",
        "\"uid=1\"",
        "\"retval<0\"",
        "1",
        "null",
        "true",
        "\"\\ud800\"",
    ];
    let mut generator = Generator(2);
    for _ in 0..30_000 {
        let _ = serde_json::from_str::<Plan>(&generator.text(PIECES, 24));
    }
    // A whole plan with bytes changed.
    let plan =
        Plan::new(vec![policy("one", &["uid=1", "comm=a*"], &[("openat", &["data.x=\"a\"", "retval<0"])])]).unwrap();
    let json = serde_json::to_vec(&plan).unwrap();
    for _ in 0..30_000 {
        let mut changed = json.clone();
        for _ in 0..=generator.next(3) {
            let at = generator.next(changed.len());
            changed[at] = generator.next(256) as u8;
        }
        if let Ok(plan) = serde_json::from_slice::<Plan>(&changed) {
            let again = serde_json::to_vec(&plan).unwrap();
            assert_eq!(serde_json::from_slice::<Plan>(&again).unwrap(), plan);
        }
    }
}
