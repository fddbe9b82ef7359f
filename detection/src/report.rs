//! A finding with everything that it is reported with: whose capture, which signature, whether it counts.

use signatures::explain::Reason;
use signatures::{Metadata, Signature};

use crate::{Evidence, Finding, ProcessOf};

/// What is the same for all findings of one capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The capture as its reader named it.
    pub capture: String,
    /// Its id, hexadecimal.
    pub capture_id: String,
    /// The host's id, hexadecimal.
    pub host_id: String,
    /// The boot's id, hexadecimal.
    pub boot_id: String,
}

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// The reason that somebody wrote down.
    pub reason: String,
    /// The last day on which it holds, as written; `never` where it does not end.
    pub expires: String,
    /// File and line of the suppression.
    pub place: String,
}

/// A finding as it is reported.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// What was found.
    pub finding: &'a Finding,
    /// By which signature.
    pub signature: &'a Signature,
    /// In which capture.
    pub about: &'a About,
    /// Why it does not count, where it does not.
    pub suppressed: Option<&'a Suppressed>,
    /// Why each row of the evidence matched, where somebody asked.
    pub reasons: Option<Vec<Vec<Reason>>>,
}

impl<'a> Report<'a> {
    /// What the signature says of itself.
    pub fn metadata(&self) -> &'a Metadata {
        &self.signature.metadata
    }

    /// The row with which it began to hold.
    pub fn last(&self) -> Option<&'a Evidence> {
        self.finding.evidence.last()
    }

    /// Its number: the same whenever the same rows of the same capture make it, 63 bits.
    pub fn key(&self) -> i64 {
        let mut hash = Parts::new("tracee finding 1");
        hash.part(&self.about.capture_id);
        hash.part(identity(self.signature));
        for row in &self.finding.evidence {
            hash.part(&row.table);
            hash.part(&row.event);
            hash.part(&row.event_key.to_string());
        }
        let digest = hash.0.finalize();
        let first: [u8; 8] = digest.as_bytes().first_chunk().copied().unwrap_or_default();
        (u64::from_be_bytes(first) >> 1) as i64
    }

    /// The same for findings of other captures that differ in times and in numbers of processes only: 32 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let mut hash = Parts::new("tracee fingerprint 1");
        hash.part(identity(self.signature));
        let process = self.finding.process.as_ref();
        hash.part(process.and_then(|process| process.exe.as_deref()).unwrap_or_default());
        for row in &self.finding.evidence {
            hash.part(&row.table);
            hash.part(&row.event);
            for (name, value) in row.fields.iter().filter(|(name, _)| !varies(name)) {
                hash.part(name);
                hash.part(value);
            }
        }
        hash.0.finalize().to_hex().as_str().chars().take(32).collect()
    }

    /// The process that did it, and then its ancestors.
    pub fn lineage(&self) -> impl Iterator<Item = &'a ProcessOf> + use<'a> {
        self.finding.process.iter().chain(&self.finding.ancestors)
    }
}

/// What tells a signature from others: its id, or its title where it has none.
pub fn identity(signature: &Signature) -> &str {
    let metadata = &signature.metadata;
    if metadata.id.is_empty() { &metadata.title } else { &metadata.id }
}

/// The id under which Tracee's users know a signature, where it has one.
pub fn tracee_id(signature: &Signature) -> Option<&str> {
    other(&signature.metadata, "tracee")
}

/// Whether a signature is called so: by its id, the one that Tracee's users know, or the name that others refer to it by.
pub fn is_called(signature: &Signature, name: &str) -> bool {
    identity(signature) == name || tracee_id(signature) == Some(name) || signature.metadata.name == name
}

/// Version of a signature: its own, or else the day when it was changed last.
pub fn version(metadata: &Metadata) -> Option<&str> {
    let written = [other(metadata, "version"), Some(&*metadata.modified), Some(&*metadata.date)];
    written.into_iter().flatten().find(|version| !version.is_empty())
}

fn other<'m>(metadata: &'m Metadata, name: &str) -> Option<&'m str> {
    metadata.others.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

/// Whether a column is another in each recording of the same thing: times, keys, ids of processes, ports of clients.
fn varies(column: &str) -> bool {
    let ends = ["_ns", "_key", "pid", "tid", "_id", "inode", "local_address", "cookie"];
    column == "ts" || ends.iter().any(|end| column.ends_with(end))
}

/// A hash of texts that cannot be mistaken for others that read the same when joined.
struct Parts(blake3::Hasher);

impl Parts {
    fn new(purpose: &str) -> Parts {
        let mut parts = Parts(blake3::Hasher::new());
        parts.part(purpose);
        parts
    }

    fn part(&mut self, text: &str) {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{about, finding, report, signature};

    #[test]
    fn a_key_is_of_the_rows_and_a_fingerprint_of_what_they_say() {
        let (signature, about, first) = (signature(), about(), finding());
        let (key, print) = (report(&signature, &about, &first).key(), report(&signature, &about, &first).fingerprint());
        assert!(key >= 0 && print.len() == 32);

        let mut again = finding();
        again.evidence[0].event_key += 1;
        again.evidence[0].ts_ns += 5;
        again.evidence[0].fields.push(("host_pid".to_owned(), "12".to_owned()));
        let later = report(&signature, &about, &again);
        assert!(later.key() != key && later.fingerprint() == print);

        let mut other = finding();
        other.evidence[0].fields[0].1.push('x');
        let other = report(&signature, &about, &other).fingerprint();
        assert_ne!(other, print);
    }
}
