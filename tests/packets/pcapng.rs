//! Reads pcapng files by hand, to see what is really in them; and asks tshark.

use std::path::Path;
use std::process::{Command, Stdio};

/// One option: code and value.
pub(crate) type Choice = (u16, Vec<u8>);

/// A block.
pub(crate) struct Block {
    pub(crate) kind: u32,
    pub(crate) body: Vec<u8>,
    options_at: usize,
}

impl Block {
    fn word(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.body[at..at + 4].try_into().unwrap())
    }

    pub(crate) fn options(&self) -> Vec<Choice> {
        let mut rest = &self.body[self.options_at..];
        let mut found = Vec::new();
        while let [a, b, c, d, behind @ ..] = rest {
            let (code, length) = (u16::from_le_bytes([*a, *b]), usize::from(u16::from_le_bytes([*c, *d])));
            if code == 0 {
                break;
            }
            found.push((code, behind[..length].to_vec()));
            rest = &behind[length.next_multiple_of(4)..];
        }
        found
    }

    pub(crate) fn option(&self, code: u16) -> Option<Vec<u8>> {
        self.options().into_iter().find(|(other, _)| *other == code).map(|(_, value)| value)
    }

    pub(crate) fn text(&self, code: u16) -> Option<String> {
        self.option(code).map(|value| String::from_utf8(value).unwrap())
    }

    pub(crate) fn number(&self, code: u16) -> Option<u64> {
        self.option(code).map(|value| u64::from_le_bytes(value.try_into().unwrap()))
    }

    /// Link type of an interface.
    pub(crate) fn link(&self) -> u32 {
        self.word(0) & 0xffff
    }

    /// The interface that a packet or a statistic is of.
    pub(crate) fn interface(&self) -> u32 {
        self.word(0)
    }
}

pub(crate) const INTERFACE: u32 = 1;
pub(crate) const NAMES: u32 = 4;
pub(crate) const STATISTICS: u32 = 5;
pub(crate) const PACKET: u32 = 6;

/// The blocks of a file; panics where lengths do not add up.
pub(crate) fn blocks(mut file: &[u8]) -> Vec<Block> {
    let word = |bytes: &[u8]| u32::from_le_bytes(bytes[..4].try_into().unwrap());
    let mut found = Vec::new();
    while !file.is_empty() {
        let length = word(&file[4..]) as usize;
        assert_eq!((length % 4, word(&file[length - 4..]) as usize), (0, length));
        let (kind, body) = (word(file), file[8..length - 4].to_vec());
        let options_at = match kind {
            0x0a0d_0d0a => 16,
            INTERFACE => 8,
            STATISTICS => 12,
            PACKET => 20 + (word(&body[12..]) as usize).next_multiple_of(4),
            NAMES => body.len(),
            other => panic!("a block of the kind {other}"),
        };
        found.push(Block { kind, body, options_at });
        file = &file[length..];
    }
    found
}

/// The blocks of this kind.
pub(crate) fn of_kind(blocks: &[Block], kind: u32) -> Vec<&Block> {
    blocks.iter().filter(|block| block.kind == kind).collect()
}

/// What tshark prints of a file; it must have nothing to object to.
pub(crate) fn tshark(file: &Path, options: &[&str]) -> Vec<String> {
    let output = Command::new("tshark").arg("-r").arg(file).args(options).stdin(Stdio::null()).output();
    let output = output.expect("tshark is needed: scripts/install-packages test");
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().filter(|line| !line.starts_with("Running as user ")).collect();
    assert!(output.status.success() && said.is_empty(), "{options:?}: {said:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The fields of each packet that tshark shows by a filter (empty for all).
pub(crate) fn fields(file: &Path, filter: &str, names: &[&str]) -> Vec<Vec<String>> {
    let script = format!("lua_script:{}/integrations/wireshark/tracee.lua", env!("CARGO_MANIFEST_DIR"));
    let mut options = vec!["-n", "-X", &script, "-T", "fields", "-E", "separator=/t"];
    if !filter.is_empty() {
        options.extend(["-Y", filter]);
    }
    options.extend(names.iter().flat_map(|name| ["-e", name]));
    let lines = tshark(file, &options);
    lines.iter().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}
