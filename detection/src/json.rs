//! A finding as one JSON object, in the form that `docs/detection.md` fixes.

use std::path::PathBuf;

use analyzer::json::{Object, array, string};
use analyzer::text::timestamp;
use signatures::explain::Reason;
use signatures::{Body, Metadata, Signature};

use crate::report::{About, Report, Suppressed, identity, tracee_id, version};
use crate::{Evidence, Finding, ProcessOf};

/// The finding as one line without its end. Nothing in it is obeyed by a terminal or by what runs a job.
pub fn line(report: &Report<'_>) -> String {
    let mut out = String::new();
    let (finding, metadata, about) = (report.finding, report.metadata(), report.about);
    let mut object = Object::new(&mut out);
    object.number("finding_key", Some(report.key()));
    object.text("signature", identity(report.signature));
    object.optional("tracee_id", tracee_id(report.signature));
    object.text("title", &metadata.title);
    object.optional("version", version(metadata));
    object.word("severity", metadata.level.name());
    array(object.member("techniques"), metadata.techniques(), |out, technique| string(out, &technique));
    array(object.member("tags"), metadata.tags.iter(), |out, tag| string(out, tag));
    let last = report.last();
    let ts = last.map(|row| timestamp(row.ts_ns));
    object.optional("ts", ts.as_deref());
    object.number("ts_ns", last.map(|row| row.ts_ns));
    object.number("boot_ns", last.map(|row| row.boot_ns));
    object.text("capture", &about.capture);
    object.text("capture_id", &about.capture_id);
    object.text("host_id", &about.host_id);
    object.text("boot_id", &about.boot_id);
    match &finding.process {
        Some(of) => process(object.member("process"), of),
        None => object.member("process").push_str("null"),
    }
    array(object.member("ancestors"), finding.ancestors.iter(), process);
    object.optional("container_id", finding.container_id.as_deref());
    object.text("fingerprint", &report.fingerprint());
    object.member("loss").push_str(if finding.loss { "true" } else { "false" });
    object.member("forgot").push_str(if finding.forgot { "true" } else { "false" });
    match report.suppressed {
        None => object.member("suppressed").push_str("null"),
        Some(suppressed) => {
            let mut own = Object::new(object.member("suppressed"));
            own.text("reason", &suppressed.reason);
            own.text("expires", &suppressed.expires);
            own.text("place", &suppressed.place);
            own.end();
        }
    }
    array(object.member("evidence"), finding.evidence.iter(), evidence);
    if let Some(reasons) = &report.reasons {
        array(object.member("explanation"), reasons.iter(), |out, row| array(out, row.iter(), reason));
    }
    object.end();
    // What runs a job takes this for a command, wherever in a line it stands. It can only be inside of a string.
    out.replace("##[", "##\\u005b")
}

/// A finding in which every field has a value, as [`line`] gives it, to try what is made of findings.
pub(crate) fn sample() -> String {
    let text = || "a \"text\"".to_owned();
    let metadata = Metadata {
        title: text(),
        date: text(),
        tags: vec!["attack.t1059".to_owned()],
        others: vec![("tracee".to_owned(), text())],
        ..Metadata::default()
    };
    let body = Body::Not { reason: String::new() };
    let signature = Signature { metadata, file: PathBuf::new(), line: 1, body, is_reported: true };
    let process =
        ProcessOf { exe: Some(text()), command_line: Some(text()), uid: Some(0), comm: text(), ..ProcessOf::default() };
    let row = Evidence {
        table: text(),
        event: text(),
        event_key: 1,
        ts_ns: 0,
        boot_ns: 0,
        fields: vec![("exe".to_owned(), text())],
    };
    let finding = Finding {
        signature: 0,
        evidence: vec![row],
        process: Some(process.clone()),
        ancestors: vec![process],
        container_id: Some(text()),
        loss: false,
        forgot: false,
    };
    let suppressed = Suppressed { reason: text(), expires: text(), place: text() };
    let about = About::default();
    let (finding, signature, about) = (&finding, &signature, &about);
    line(&Report { finding, signature, about, suppressed: Some(&suppressed), reasons: None })
}

fn process(out: &mut String, of: &ProcessOf) {
    let mut object = Object::new(out);
    object.number("process_key", Some(of.process_key));
    object.number("host_pid", Some(of.host_pid));
    object.number("pid", Some(of.pid));
    object.text("comm", &of.comm);
    object.optional("exe", of.exe.as_deref());
    object.optional("command_line", of.command_line.as_deref());
    object.number("uid", of.uid);
    object.end();
}

fn evidence(out: &mut String, row: &Evidence) {
    let mut object = Object::new(out);
    object.text("table", &row.table);
    object.text("event", &row.event);
    object.number("event_key", Some(row.event_key));
    object.text("ts", &timestamp(row.ts_ns));
    object.number("ts_ns", Some(row.ts_ns));
    object.number("boot_ns", Some(row.boot_ns));
    fields(object.member("fields"), row);
    object.end();
}

/// Names of columns may come from a capture's own schema, so they are escaped as well.
fn fields(out: &mut String, row: &Evidence) {
    out.push('{');
    for (index, (name, value)) in row.fields.iter().enumerate() {
        out.push_str(if index > 0 { "," } else { "" });
        string(out, name);
        out.push(':');
        string(out, value);
    }
    out.push('}');
}

fn reason(out: &mut String, reason: &Reason) {
    let mut object = Object::new(out);
    object.text("field", &reason.field);
    object.text("column", &reason.column);
    object.text("asked", &reason.asked);
    object.member("holds").push_str(if reason.holds { "true" } else { "false" });
    object.optional("value", reason.value.as_deref());
    object.end();
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{line, sample};
    use crate::report::Suppressed;
    use crate::testing::{about, finding, report, signature};

    #[test]
    fn a_line_has_every_field_and_obeys_nothing() {
        let (signature, about, finding) = (signature(), about(), finding());
        let suppressed =
            Suppressed { reason: "known".to_owned(), expires: "never".to_owned(), place: "s.yml:3".to_owned() };
        let mut report = report(&signature, &about, &finding);
        report.suppressed = Some(&suppressed);
        let line = line(&report);
        assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}') && !line.contains("##["), "{line}");
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["signature"], "6f1c8a52-3f0f-4b0c-9c1d-1c9b7a0e5d11");
        assert_eq!((&value["tracee_id"], &value["version"]), (&"TRC-1016".into(), &"2026-01-31".into()));
        assert_eq!((&value["severity"], &value["techniques"][0]), (&"high".into(), &"T1190".into()));
        assert_eq!(value["ts"], "2026-01-31 08:00:05.000000");
        assert_eq!(value["process"]["command_line"], "sh -c ##[group]\n::stop\u{202e}\"");
        assert_eq!(value["process"]["comm"], "sh\x1b[31m");
        assert!(value["ancestors"][0]["exe"].is_null() && value["ancestors"][0]["host_pid"] == 4700);
        assert_eq!(value["suppressed"]["reason"], "known");
        assert_eq!(value["evidence"][0]["fields"]["exe"], "/usr/bin/sh");
        assert!(value.get("explanation").is_none());
    }

    #[test]
    fn the_sample_lacks_nothing() {
        let value: Value = serde_json::from_str(&sample()).unwrap();
        let missing: Vec<_> = value.as_object().unwrap().iter().filter(|(_, value)| value.is_null()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
