//! SigmaHQ's rules for Linux: some in the tree, all of them where `SIGMA_RULES` names their folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use signatures::{Options, Set};

use crate::agreement;

/// The rules that are kept as test data.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sigma");

pub(crate) fn load(directory: &str) -> Set {
    Set::load(&[directory], Options::default()).unwrap_or_else(|errors| {
        let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", shown.join("\n"))
    })
}

/// The rules in the tree.
pub(crate) fn kept_rules() -> Set {
    load(KEPT)
}

/// The folder of all rules, if there is one: a test that needs it says that it was skipped.
pub(crate) fn all_rules() -> Option<Set> {
    match std::env::var("SIGMA_RULES") {
        Ok(directory) => Some(load(&directory)),
        Err(_) => {
            eprintln!("skipped: SIGMA_RULES names no folder");
            None
        }
    }
}

#[test]
fn kept_rules_agree_on_every_engine() {
    let set = kept_rules();
    assert!(agreement::check(&set) >= 25);
}

#[test]
fn every_rule_loads_and_what_is_not_evaluated_says_why() {
    let Some(set) = all_rules() else { return };
    assert_eq!(set.signatures().len(), 248);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut evaluated = 0;
    for signature in set.signatures() {
        match signature.not_evaluated() {
            None => evaluated += 1,
            Some(why) => *reasons.entry(why.to_owned()).or_default() += 1,
        }
    }
    let told: Vec<String> = reasons.iter().map(|(why, count)| format!("{count} {why}")).collect();
    assert!(evaluated >= 214, "{evaluated}: {told:#?}");
    assert_eq!(evaluated + reasons.values().sum::<usize>(), 248);
    let logs = "is a log that programs write themselves; a kernel recorder has no such source";
    let rules = "names of audit rules (auditctl -k) are the audit daemon's own";
    let expected: BTreeMap<String, usize> = [
        (format!("service auth {logs}"), 1),
        (format!("service clamav {logs}"), 1),
        (format!("service cron {logs}"), 1),
        (format!("service guacamole {logs}"), 1),
        (format!("service sshd {logs}"), 3),
        (format!("service sudo {logs}"), 1),
        (format!("service syslog {logs}"), 2),
        (format!("service vsftpd {logs}"), 1),
        (format!("key: {rules}"), 2),
    ]
    .into();
    for (why, count) in &expected {
        assert_eq!(reasons.get(why), Some(count), "{why}: {told:#?}");
    }
    assert_eq!(evaluated, 218, "{told:#?}");
}

#[test]
pub(crate) fn all_rules_agree_on_every_engine() {
    let Some(set) = all_rules() else { return };
    assert!(agreement::check(&set) >= 214);
}

#[test]
fn kept_rules_carry_their_licence() {
    let readme = std::fs::read_to_string(PathBuf::from(KEPT).join("README.md")).unwrap();
    assert!(readme.contains("Detection Rule License"), "{readme}");
    for signature in kept_rules().signatures() {
        assert!(!signature.metadata.author.is_empty(), "{}", signature.metadata.title);
    }
}
