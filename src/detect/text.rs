//! A finding for people: a few lines, the first of which says how bad it is.

use std::fmt::Write;

use analyzer::text::timestamp;
use detection::report::{Report, identity, tracee_id, version};
use detection::{Evidence, ProcessOf};

use crate::output::escape::for_terminal;

/// Columns that labels take.
const INDENT: usize = 13;

/// The lines, an empty one behind them. Nothing in them is obeyed by a terminal, or by what runs a job: no line begins with
/// what was recorded.
pub(super) fn lines(report: &Report<'_>) -> String {
    let mut out = String::new();
    let (finding, metadata) = (report.finding, report.metadata());
    let id = tracee_id(report.signature).unwrap_or_else(|| identity(report.signature));
    let _ = writeln!(out, "{} {} [{}]", metadata.level.name().to_uppercase(), shown(&metadata.title), shown(id));
    if let Some(suppressed) = report.suppressed {
        let until =
            if suppressed.expires == "never" { String::new() } else { format!(" until {}", suppressed.expires) };
        line(&mut out, "suppressed", &format!("{}{until} ({})", suppressed.reason, suppressed.place));
    }
    let techniques: Vec<String> = metadata.techniques().collect();
    if !techniques.is_empty() {
        line(&mut out, "ATT&CK", &techniques.join(", "));
    }
    if let Some(version) = version(metadata) {
        line(&mut out, "version", version);
    }
    if let Some(last) = report.last() {
        line(&mut out, "when", &format!("{} UTC", timestamp(last.ts_ns)));
    }
    if let Some(of) = &finding.process {
        line(&mut out, "process", &process(of));
        if let Some(command_line) = &of.command_line {
            line(&mut out, "", command_line);
        }
    }
    for (index, of) in finding.ancestors.iter().enumerate() {
        line(&mut out, if index == 0 { "ancestors" } else { "" }, &process(of));
    }
    if let Some(container) = &finding.container_id {
        line(&mut out, "container", container);
    }
    for (index, row) in finding.evidence.iter().enumerate() {
        line(&mut out, if index == 0 { "evidence" } else { "" }, &evidence(row));
        for (name, value) in &row.fields {
            line(&mut out, "", &format!("  {name}: {value}"));
        }
        let reasons = report.reasons.as_ref().and_then(|reasons| reasons.get(index));
        for reason in reasons.into_iter().flatten() {
            line(&mut out, "", &format!("  because {reason}"));
        }
    }
    if finding.loss {
        line(&mut out, "incomplete", "events are missing from the time in which these rows lie");
    }
    if finding.forgot {
        line(&mut out, "incomplete", "the signature had forgotten rows for want of room");
    }
    out.push('\n');
    out
}

fn line(out: &mut String, label: &str, text: &str) {
    let _ = writeln!(out, "  {label:<0$}{1}", INDENT - 2, shown(text));
}

/// The text in one line. What runs a job takes `##[` for a command, wherever in a line it stands.
fn shown(text: &str) -> String {
    for_terminal(text).replace("##[", "##\\x5b")
}

fn process(of: &ProcessOf) -> String {
    let mut text = of.host_pid.to_string();
    // 0 where its own namespace is not known.
    if of.pid != of.host_pid && of.pid != 0 {
        let _ = write!(text, " ({} in its namespace)", of.pid);
    }
    if !of.comm.is_empty() {
        let _ = write!(text, " {}", of.comm);
    }
    if let Some(exe) = &of.exe {
        let _ = write!(text, " {exe}");
    }
    if let Some(uid) = of.uid {
        let _ = write!(text, " uid {uid}");
    }
    text
}

fn evidence(row: &Evidence) -> String {
    format!("{} of {} at {}, event_key {}", row.event, row.table, timestamp(row.ts_ns), row.event_key)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use detection::report::{About, Report, Suppressed};
    use detection::{Evidence, Finding, ProcessOf};
    use signatures::{Options, Set};

    use super::lines;

    #[test]
    fn a_finding_is_readable_and_obeys_nothing() {
        let yaml = "title: \"Shell \\e[31m\"\nid: a\ntracee: TRC-1016\nlevel: high\ntags: [attack.t1190]\ntable: executions\n\
                    detection:\n  s:\n    exe: x\n  condition: s\n";
        let set = Set::parse(&[(PathBuf::from("a.yml"), yaml.to_owned())], Options::default()).unwrap();
        let process = ProcessOf {
            host_pid: 4711,
            pid: 7,
            comm: "sh".to_owned(),
            exe: Some("/bin/sh".to_owned()),
            command_line: Some("sh -c ::stop\n::error ##[group]\x1b]0;x\x07".to_owned()),
            uid: Some(0),
            ..ProcessOf::default()
        };
        let parent = ProcessOf { host_pid: 1, pid: 1, comm: "nginx".to_owned(), ..ProcessOf::default() };
        let evidence = Evidence {
            table: "executions".to_owned(),
            event: "sched_process_exec".to_owned(),
            event_key: 9,
            ts_ns: 0,
            boot_ns: 0,
            fields: vec![("exe".to_owned(), "x".to_owned())],
        };
        let finding = Finding {
            signature: 0,
            evidence: vec![evidence],
            process: Some(process),
            ancestors: vec![parent],
            container_id: Some("c0ffee".to_owned()),
            loss: true,
            forgot: false,
        };
        let suppressed =
            Suppressed { reason: "known".to_owned(), expires: "2026-12-31".to_owned(), place: "s:1".to_owned() };
        let report = Report {
            finding: &finding,
            signature: &set.signatures()[0],
            about: &About::default(),
            suppressed: Some(&suppressed),
            reasons: None,
        };
        assert_eq!(
            lines(&report),
            "HIGH Shell \\x1b[31m [TRC-1016]\n  suppressed known until 2026-12-31 (s:1)\n  ATT&CK     T1190\n  \
             when       1970-01-01 00:00:00.000000 UTC\n  process    4711 (7 in its namespace) sh /bin/sh uid 0\n             \
             sh -c ::stop\\x0a::error ##\\x5bgroup]\\x1b]0;x\\x07\n  ancestors  1 nginx\n  container  c0ffee\n  \
             evidence   sched_process_exec of executions at 1970-01-01 00:00:00.000000, event_key 9\n               exe: x\n  \
             incomplete events are missing from the time in which these rows lie\n\n"
        );
    }
}
