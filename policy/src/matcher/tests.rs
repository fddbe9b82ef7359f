use std::time::Instant;

use super::*;
use crate::plan::{Policy, Rule};

/// An `openat` of a shell in a container.
struct Openat {
    pathname: Option<&'static [u8]>,
    ret: Option<i64>,
    container: Option<&'static [u8]>,
}

const OPENAT: Openat = Openat {
    pathname: Some(b"/etc/shadow"),
    ret: Some(-13),
    container: Some(b"ab356bc4dd554ab356bc4dd554ab356bc4dd554ab356bc4dd554ab356bc4dd55"),
};

impl Row for Openat {
    fn number(&self, field: &str) -> Option<i128> {
        match field {
            "flags" => Some(0o2_000_001),
            "mode" => Some(0o644),
            "address" => Some(i128::from(u64::MAX)),
            _ => None,
        }
    }

    fn text(&self, field: &str) -> Option<Cow<'_, [u8]>> {
        match field {
            "pathname" => self.pathname.map(Cow::from),
            "flags" => Some(b"O_WRONLY|O_CLOEXEC".into()),
            "mode" => Some(b"0644".into()),
            "address" => Some(b"0xffffffffffffffff".into()),
            _ => None,
        }
    }

    fn ret(&self) -> Option<i64> {
        self.ret
    }

    fn column_number(&self, column: Column) -> Option<i128> {
        match column {
            Column::Uid => Some(1000),
            Column::MountNamespace => Some(4_026_531_840),
            _ => None,
        }
    }

    fn column_text(&self, column: Column) -> Option<Cow<'_, [u8]>> {
        match column {
            Column::Comm => Some(b"sh".into()),
            Column::Executable => Some(b"/bin/sh".into()),
            Column::ContainerId => self.container.map(Cow::from),
            Column::ContainerName => self.container.map(|_| b"web-1".into()),
            _ => None,
        }
    }
}

fn policy(name: &str, rules: &[(&str, &[&str])]) -> Policy {
    let filters = |written: &[&str]| written.iter().map(|written| written.parse().unwrap()).collect();
    let rules = rules.iter().map(|(event, written)| Rule { event: (*event).to_owned(), filters: filters(written) });
    Policy { name: name.to_owned(), scope: Vec::new(), rules: rules.collect() }
}

fn matches(filters: &[&str], row: &Openat) -> bool {
    let plan = Plan::new(vec![policy("p", &[("openat", filters)])]).unwrap();
    plan.compile().matched(1, "openat", row) == 1
}

#[test]
fn each_test_holds_or_not() {
    for (filter, holds) in [
        ("data.pathname=/etc/shadow", true),
        ("data.pathname=/etc/passwd,/etc/shadow", true),
        ("data.pathname!=/etc/passwd,/etc/shadow", false),
        ("data.pathname!=/etc/passwd,/bin/*", true),
        ("data.pathname=/etc/*", true),
        ("data.pathname=*shadow", true),
        ("data.pathname=*/sha*", true),
        ("data.pathname=*SHADOW", false),
        ("data.pathname=*", true),
        ("retval<0", true),
        ("retval<=-13", true),
        ("retval>=0", false),
        ("retval=-13,-2", true),
        ("retval!=-13", false),
        ("data.flags=O_WRONLY|O_CLOEXEC", true),
        ("data.flags=O_WRONLY", false),
        ("data.flags=O_WRONLY*", true),
        ("data.flags=0x80001", true),
        ("data.flags!=0x80001", false),
        ("data.flags>=0x80001", true),
        ("data.mode=0644", true),
        ("data.mode=420", true),
        ("data.mode=644", false),
        ("data.address=0xffffffffffffffff", true),
        ("data.address>0xfffffffffffffffe", true),
        ("uid=1000", true),
        ("uid<1000", false),
        ("uid!=0,1", true),
        ("mntns=4026531840", true),
        ("comm=sh", true),
        ("exec=*/sh", true),
        ("container", true),
        ("not-container", false),
        ("container=ab356bc4dd55", true),
        ("container=web-*", true),
        ("container!=web-1", false),
        ("containerName=web-1", true),
        ("containerId=ab356bc4dd55*", true),
    ] {
        assert_eq!(matches(&[filter], &OPENAT), holds, "{filter}");
    }
}

#[test]
fn a_missing_value_makes_a_test_false_and_its_contrary_true() {
    let row = Openat { pathname: None, ret: None, container: None };
    for (filter, holds) in [
        ("data.pathname=*", false),
        ("data.pathname!=x", true),
        ("data.nosuch=1", false),
        ("data.nosuch!=1", true),
        ("data.nosuch<1", false),
        ("data.nosuch>=1", false),
        ("retval<0", false),
        ("retval!=0", true),
        ("cgroupId=1", false),
        ("cgroupId!=1", true),
        ("container", false),
        ("not-container", true),
        ("container=web", false),
        ("container!=web", true),
    ] {
        assert_eq!(matches(&[filter], &row), holds, "{filter}");
    }
}

#[test]
fn the_filters_of_a_rule_must_all_hold() {
    assert!(matches(&["data.pathname=/etc/*", "retval<0", "uid>=1000", "uid<2000"], &OPENAT));
    assert!(!matches(&["data.pathname=/etc/*", "retval>=0"], &OPENAT));
    assert!(matches(&[], &OPENAT));
}

#[test]
fn only_policies_in_scope_with_a_rule_for_the_event_match() {
    let plan = Plan::new(vec![
        policy("all", &[("openat", &[])]),
        policy("failed", &[("openat", &["retval<0"])]),
        policy("other", &[("close", &[])]),
        policy("done", &[("openat", &["retval>=0"])]),
    ])
    .unwrap();
    let matcher = plan.compile();
    assert_eq!(matcher.matched(u64::MAX, "openat", &OPENAT), 0b0011);
    assert_eq!(matcher.matched(0b1110, "openat", &OPENAT), 0b0010);
    assert_eq!(matcher.matched(u64::MAX, "close", &OPENAT), 0b0100);
    assert_eq!(matcher.matched(u64::MAX, "read", &OPENAT), 0);
    let event = matcher.event("openat").unwrap();
    assert!(event.has_filters() && event.policies() == 0b1011);
    assert!(!matcher.event("close").unwrap().has_filters());
}

#[test]
fn the_sixty_fourth_policy_has_a_bit() {
    let plan = Plan::new((0..64).map(|n| policy(&format!("p{n}"), &[("openat", &["retval<0"])])).collect()).unwrap();
    assert_eq!(plan.compile().matched(u64::MAX, "openat", &OPENAT), u64::MAX);
    assert_eq!(plan.names(1 << 63).collect::<Vec<_>>(), ["p63"]);
}

#[test]
fn policies_together_match_what_each_matches_alone() {
    const FILTERS: &[&str] = &[
        "data.pathname=/etc/shadow",
        "data.pathname=/etc/*",
        "data.pathname!=/etc/*",
        "data.pathname=*passwd,*shadow",
        "data.flags=O_WRONLY*",
        "data.flags>0x80001",
        "retval<0",
        "retval=0",
        "uid>=1000",
        "uid!=1000",
        "comm=sh,bash",
        "container",
        "not-container",
        "container=web-1",
        "containerId=web-1",
        "data.nosuch!=1",
    ];
    let mut state = 3_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % below
    };
    let nothing = Openat { pathname: None, ret: None, container: None };
    let (mut some, mut none) = (0_u32, 0_u32);
    for _ in 0..200 {
        let chosen: Vec<Vec<&str>> =
            (0..64).map(|_| (0..next(4)).map(|_| FILTERS[next(FILTERS.len())]).collect()).collect();
        let policies = chosen.iter().enumerate().map(|(n, filters)| policy(&format!("p{n}"), &[("openat", filters)]));
        let matcher = Plan::new(policies.collect()).unwrap().compile();
        for row in [&OPENAT, &nothing] {
            let alone = chosen.iter().enumerate().filter(|(_, filters)| matches(filters, row));
            let expected = alone.fold(0, |bits, (place, _)| bits | 1 << place);
            assert_eq!(matcher.matched(u64::MAX, "openat", row), expected, "{chosen:?}");
            some += expected.count_ones();
            none += expected.count_zeros();
        }
    }
    assert!(some > 1000 && none > 1000);
}

/// Prints what a row costs; run with `--ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn cost_of_a_row() {
    for (what, count, is_same) in
        [("1 policy", 1, true), ("64 policies, same filters", 64, true), ("64 policies, own filters", 64, false)]
    {
        let plan = (0..count).map(|n| {
            let own = if is_same { 0 } else { n };
            let path = format!("data.pathname=/tmp{own}/*,*shadow");
            policy(&format!("p{n}"), &[("openat", &[&path, "retval<0", "uid>=1000"])])
        });
        let matcher = Plan::new(plan.collect()).unwrap().compile();
        let event = matcher.event("openat").unwrap();
        let begin = Instant::now();
        let mut matched = 0_u64;
        for _ in 0..1_000_000 {
            matched = matched.wrapping_add(event.matched(u64::MAX, std::hint::black_box(&OPENAT)));
        }
        println!("{what}: {} ns a row ({matched})", begin.elapsed().as_nanos() / 1_000_000);
    }
}
