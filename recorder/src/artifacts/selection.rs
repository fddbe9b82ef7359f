//! What `--capture` and `--hold` ask for: whose bytes are kept, and how many.

mod filter;
pub(crate) mod packet_filter;
mod packets;
mod parse;

use serde_json::{Value, json};

pub(crate) use self::filter::Answer;
use self::filter::Filter;
pub use self::packet_filter::PacketFilter;
pub use self::packets::{Packets, SnapLength};
use super::facts::FileFacts;

/// What bytes are kept for (`--capture KIND`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaptureKind {
    /// Executed files, with their interpreters and shared objects.
    Exec,
    /// What is written to files, pipes and sockets.
    Write,
    /// What is read from them.
    Read,
    /// Memory that becomes executable, or writable again.
    Memory,
    /// Kernel modules.
    Module,
    /// BPF programs.
    Bpf,
    /// Packets.
    Net,
}

impl CaptureKind {
    /// Every kind, with its word.
    pub const ALL: [(CaptureKind, &'static str); 7] = [
        (CaptureKind::Exec, "exec"),
        (CaptureKind::Write, "write"),
        (CaptureKind::Read, "read"),
        (CaptureKind::Memory, "mem"),
        (CaptureKind::Module, "module"),
        (CaptureKind::Bpf, "bpf"),
        (CaptureKind::Net, "net"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }
}

/// How many bytes are kept at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one artifact.
    pub artifact: u64,
    /// New ones on behalf of one process.
    pub process: u64,
    /// New ones in all.
    pub total: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { artifact: 256 << 20, process: 1 << 30, total: 4 << 30 }
    }
}

/// What is kept: nothing, when nothing was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The options as they were written.
    written: Vec<String>,
    filters: Vec<Filter>,
    packets: Option<Packets>,
    /// How many bytes are kept at the most.
    pub limits: Limits,
}

impl Selection {
    /// Reads `KIND[:FILTER]` of each `--capture`.
    ///
    /// # Errors
    /// One sentence with the option, the place in it, and what would be right.
    pub fn parse(options: &[String]) -> Result<Selection, String> {
        let mut selection = Selection { written: options.to_vec(), ..Selection::default() };
        for option in options {
            match packets::parse(option)? {
                Some(_) if selection.packets.is_some() => return Err("net can be asked for once".to_owned()),
                Some(packets) => selection.packets = Some(packets),
                None => selection.filters.push(parse::filter(option)?),
            }
        }
        Ok(selection)
    }

    /// Whether no artifacts are kept: packets are none.
    pub fn is_empty(&self) -> bool {
        self.filters.is_empty()
    }

    /// What of packets is kept.
    pub fn packets(&self) -> Option<&Packets> {
        self.packets.as_ref()
    }

    /// Whether bytes of this kind are asked for.
    pub fn wants(&self, kind: CaptureKind) -> bool {
        kind == CaptureKind::Net && self.packets.is_some() || self.filters.iter().any(|filter| filter.kind == kind)
    }

    /// Whether some filter of this kind is decided by what a file holds or becomes: then its bytes cannot be chosen when they
    /// are written.
    pub fn is_about_content(&self, kind: CaptureKind) -> bool {
        self.filters.iter().any(|filter| filter.kind == kind && filter.is_about_content())
    }

    /// What the kernel side is to copy of files that are written to or read: more than is asked for, where only we can tell.
    pub(crate) fn rule(&self, kind: CaptureKind) -> CaptureRule {
        let filters = self.filters.iter().filter(|filter| filter.kind == kind);
        filters.fold(CaptureRule::default(), |rule, filter| rule.or(filter.rule()))
    }

    /// As the manifest tells it.
    pub fn to_json(&self) -> Value {
        json!({
            "capture": self.written,
            "packets": self.packets.as_ref().map(Packets::to_json),
            "artifact_max_bytes": self.limits.artifact,
            "artifacts_per_process_bytes": self.limits.process,
            "artifacts_total_bytes": self.limits.total,
        })
    }

    /// Whether what is written to (or read from, or executed of) this file by this descriptor is kept, and how many bytes at the
    /// most; without a descriptor by whichever. `since_ns` is when recording began, nanoseconds since 1970.
    pub(crate) fn asks_for(
        &self,
        kind: CaptureKind,
        facts: &FileFacts,
        fd: Option<i32>,
        since_ns: u64,
    ) -> (Answer, u64) {
        let mut answer = Answer::No;
        let mut most = 0;
        for filter in self.filters.iter().filter(|filter| filter.kind == kind) {
            let one = filter.asks_for(facts, fd, since_ns);
            if one != Answer::No {
                most = most.max(filter.max.unwrap_or(u64::MAX));
                answer = answer.or(one);
            }
        }
        (answer, most.min(self.limits.artifact))
    }

    /// Bytes that are kept at the most of an artifact of a kind that has no file.
    pub(crate) fn most(&self, kind: CaptureKind) -> u64 {
        let of_kind = self.filters.iter().filter(|filter| filter.kind == kind);
        of_kind.map(|filter| filter.max.unwrap_or(u64::MAX)).max().unwrap_or(0).min(self.limits.artifact)
    }
}

/// What of files the kernel side is to copy: by which descriptors, bits 0 to 2, or [`CaptureRule::ANY`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CaptureRule {
    pub(crate) regular: u32,
    pub(crate) pipe: u32,
    pub(crate) socket: u32,
    /// Of regular files also those that begin as programs and scripts do.
    pub(crate) magic: bool,
}

impl CaptureRule {
    /// By any descriptor.
    pub(crate) const ANY: u32 = 8;

    fn or(self, other: CaptureRule) -> CaptureRule {
        CaptureRule {
            regular: self.regular | other.regular,
            pipe: self.pipe | other.pipe,
            socket: self.socket | other.socket,
            magic: self.magic || other.magic,
        }
    }
}

/// Which programs are held before their first instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hold(u32);

impl Hold {
    /// None.
    pub const NONE: Hold = Hold(0);
    /// Those of a memfd.
    pub const MEMFD: Hold = Hold(1);
    /// Those whose file has no name any more.
    pub const DELETED: Hold = Hold(2);
    /// Those whose file was changed since recording began.
    pub const NEW: Hold = Hold(4);
    /// Scripts.
    pub const SCRIPT: Hold = Hold(8);
    /// Every one.
    pub const ALL: Hold = Hold(16);
    const WORDS: [(&'static str, Hold); 6] = [
        ("memfd", Hold::MEMFD),
        ("deleted", Hold::DELETED),
        ("new", Hold::NEW),
        ("script", Hold::SCRIPT),
        ("all", Hold::ALL),
        ("none", Hold::NONE),
    ];

    /// What is held when nothing is said: of a command those whose file may be gone in a moment, of the whole host none.
    pub fn by_default(is_command: bool, selection: &Selection) -> Hold {
        if is_command && selection.wants(CaptureKind::Exec) {
            Hold(Self::MEMFD.0 | Self::DELETED.0 | Self::NEW.0 | Self::SCRIPT.0)
        } else {
            Hold::NONE
        }
    }

    /// Reads a list as `memfd,new`.
    ///
    /// # Errors
    /// One sentence that says what would be right.
    pub fn parse(text: &str) -> Result<Hold, String> {
        let mut hold = Hold::NONE;
        let words: Vec<&str> = text.split(',').map(str::trim).collect();
        for word in &words {
            let known = Self::WORDS.iter().find(|(known, _)| known == word);
            let names = Self::WORDS.iter().map(|(name, _)| *name);
            let Some((_, one)) = known else {
                let otherwise = "what can be held is memfd, deleted, new, script, all, none";
                return Err(policy::names::unknown_or("word", word, names, otherwise));
            };
            if *one == Hold::NONE && words.len() > 1 {
                return Err("none stands alone".to_owned());
            }
            hold.0 |= one.0;
        }
        Ok(hold)
    }

    /// Its bits: 1 memfd, 2 deleted, 4 new, 8 script, 16 all.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Its words.
    pub fn words(self) -> Vec<&'static str> {
        Self::WORDS.iter().filter(|(_, one)| self.0 & one.0 != 0).map(|(word, _)| *word).collect()
    }
}

#[cfg(test)]
mod tests;
