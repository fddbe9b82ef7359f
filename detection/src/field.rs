//! Fields of a finding by name, as suppressions and expected findings ask for them.

use std::borrow::Cow;

use policy::names;

use crate::report::Report;

/// Names of fields of every finding. Any other name is a column of the evidence.
pub const NAMES: [&str; 13] = [
    "exe",
    "process",
    "command_line",
    "uid",
    "host_pid",
    "pid",
    "parent_exe",
    "ancestor_exe",
    "container_id",
    "severity",
    "event",
    "capture_id",
    "fingerprint",
];
/// Before the name of a column that is called like one of those.
const COLUMN: &str = "evidence.";

/// The values of a field; none where it is missing.
pub fn values<'a>(report: &Report<'a>, name: &str) -> Vec<Cow<'a, str>> {
    let (finding, process) = (report.finding, report.finding.process.as_ref());
    let text = |text: Option<&'a str>| text.map(Cow::Borrowed).into_iter().collect();
    let number = |number: Option<i64>| number.map(|number| Cow::Owned(number.to_string())).into_iter().collect();
    match name {
        "exe" => text(process.and_then(|process| process.exe.as_deref())),
        "process" => text(process.map(|process| process.comm.as_str())),
        "command_line" => text(process.and_then(|process| process.command_line.as_deref())),
        "uid" => number(process.and_then(|process| process.uid)),
        "host_pid" => number(process.map(|process| process.host_pid)),
        "pid" => number(process.map(|process| process.pid)),
        "parent_exe" => text(finding.ancestors.first().and_then(|parent| parent.exe.as_deref())),
        "ancestor_exe" => {
            finding.ancestors.iter().filter_map(|ancestor| ancestor.exe.as_deref().map(Cow::Borrowed)).collect()
        }
        "container_id" => text(finding.container_id.as_deref()),
        "severity" => text(Some(report.metadata().level.name())),
        "event" => text(report.last().map(|row| row.event.as_str())),
        "capture_id" => text(Some(&report.about.capture_id)),
        "fingerprint" => vec![Cow::Owned(report.fingerprint())],
        column => {
            let column = column.strip_prefix(COLUMN).unwrap_or(column);
            let fields = finding.evidence.iter().flat_map(|row| &row.fields);
            fields.filter(|(name, _)| name == column).map(|(_, value)| Cow::Borrowed(value.as_str())).collect()
        }
    }
}

/// Whether one of the field's values fits one of the patterns, in which `*` stands for any characters.
pub fn fits(report: &Report<'_>, name: &str, patterns: &[String]) -> bool {
    let values = values(report, name);
    patterns.iter().any(|pattern| values.iter().any(|value| names::matches(pattern, value)))
}

#[cfg(test)]
mod tests {
    use super::{NAMES, fits, values};
    use crate::testing::{about, finding, report, signature};

    #[test]
    fn fields_are_found_by_name() {
        let (signature, about, finding) = (signature(), about(), finding());
        let report = report(&signature, &about, &finding);
        assert_eq!(values(&report, "uid"), ["33"]);
        assert_eq!(values(&report, "evidence.exe"), ["/usr/bin/sh"]);
        assert!(values(&report, "parent_exe").is_empty() && values(&report, "nothing").is_empty());
        let there = NAMES.iter().filter(|name| !values(&report, name).is_empty()).count();
        assert_eq!(there, NAMES.len() - 2);
        let fits = |name, pattern: &str| fits(&report, name, &[pattern.to_owned()]);
        assert!(fits("exe", "/usr/*/sh") && !fits("exe", "/usr") && !fits("parent_exe", "*"));
    }
}
