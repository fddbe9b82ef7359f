//! Why the rows of a finding match: the condition asked again, of what the evidence holds.

use signatures::explain::{Reason, explain};
use signatures::{Body, Row, Set, Table, Type, Value};

use crate::{Evidence, Finding};

/// For each row of the evidence, the tests that decided it, in the order written.
pub fn reasons(set: &Set, finding: &Finding) -> Vec<Vec<Reason>> {
    finding.evidence.iter().map(|row| of_row(set, finding.signature, row)).collect()
}

fn of_row(set: &Set, signature: usize, evidence: &Evidence) -> Vec<Reason> {
    let body = set.signatures().get(signature).map(|signature| &signature.body);
    match body {
        Some(Body::Rows { table, condition }) => match set.tables().all().get(*table) {
            Some(table) => explain(condition, table, &Kept { table, evidence }),
            None => Vec::new(),
        },
        // The row is one of a signature that the correlation is about: of the first that it matches.
        Some(Body::Correlation(correlation)) => {
            let members = correlation.members.iter().filter(|member| member.signature != signature);
            let reasons = members.filter(|member| reads(set, member.signature, &evidence.table));
            reasons
                .map(|member| of_row(set, member.signature, evidence))
                .find(|reasons| !reasons.is_empty())
                .unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// Whether a signature is about a table.
fn reads(set: &Set, signature: usize, name: &str) -> bool {
    let Some(Body::Rows { table, .. }) = set.signatures().get(signature).map(|signature| &signature.body) else {
        return false;
    };
    set.tables().all().get(*table).is_some_and(|table| table.name == name)
}

/// A row as its evidence has it.
struct Kept<'a> {
    table: &'a Table,
    evidence: &'a Evidence,
}

impl Row for Kept<'_> {
    fn value(&self, column: usize) -> Value<'_> {
        let Some(column) = self.table.columns.get(column) else { return Value::Null };
        let evidence = self.evidence;
        match column.name.as_str() {
            "ts" => return Value::Timestamp(evidence.ts_ns),
            "ts_ns" => return Value::Integer(evidence.ts_ns),
            "boot_ns" => return Value::Integer(evidence.boot_ns),
            "event_key" => return Value::Integer(evidence.event_key),
            "event" => return Value::Text(&evidence.event),
            _ => {}
        }
        let Some((_, text)) = evidence.fields.iter().find(|(name, _)| *name == column.name) else { return Value::Null };
        let value = match column.kind {
            Type::Integer => text.parse().map(Value::Integer).ok(),
            Type::Timestamp => text.parse().map(Value::Timestamp).ok(),
            Type::Real => text.parse().map(Value::Real).ok(),
            Type::Boolean => text.parse().map(Value::Boolean).ok(),
            Type::Text => Some(Value::Text(text)),
        };
        value.unwrap_or(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::reasons;
    use crate::testing::{finding, set};

    #[test]
    fn the_evidence_says_why() {
        let reasons = reasons(&set(), &finding());
        assert_eq!(reasons.len(), 1);
        assert_eq!(reasons[0][0].to_string(), "exe ends with \"/sh\": \"/usr/bin/sh\"");
    }

    #[test]
    fn what_does_not_match_has_no_reason() {
        let mut finding = finding();
        finding.evidence[0].fields.clear();
        assert!(reasons(&set(), &finding)[0].is_empty());
    }
}
