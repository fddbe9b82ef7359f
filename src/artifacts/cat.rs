//! `tracee artifacts cat`: one content on standard output.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use analyzer::artifacts::{Artifact, Artifacts, HOLE_LIMIT, Run, Sum, Summing};
use anyhow::{Result, bail};

use super::{DIFFERS, missing, numbered, open};
use crate::failure::say;
use crate::output::Stdout;

/// Arguments of `tracee artifacts cat`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The capture: a directory of segments, a packed file or one segment
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
    /// Its SHA-256, or how that begins; artifact-NUMBER for one that has none
    #[arg(value_name = "HASH", value_parser = Wanted::parse)]
    wanted: Wanted,
    /// Also when bytes are missing: zeros stand for them
    #[arg(long)]
    partial: bool,
}

/// How an artifact is named.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Hash(String),
    Number(u64),
}

impl Wanted {
    fn parse(text: &str) -> Result<Wanted, String> {
        if let Some(number) = text.strip_prefix("artifact-") {
            return number.parse().map(Wanted::Number).map_err(|_| "artifact- is followed by a number".to_owned());
        }
        let hash = text.to_ascii_lowercase();
        if hash.is_empty() || hash.len() > 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("a SHA-256 is 64 hexadecimal digits, of which the first few are enough".to_owned());
        }
        Ok(Wanted::Hash(hash))
    }

    /// The one artifact that is meant.
    fn find<'a>(&self, artifacts: &'a Artifacts) -> Result<&'a Artifact> {
        let prefix = match self {
            Wanted::Number(number) => match artifacts.get(*number) {
                Some(artifact) => return Ok(artifact),
                None => bail!("the capture has no artifact-{number}"),
            },
            Wanted::Hash(prefix) => prefix,
        };
        let found: Vec<(&Artifact, String)> = artifacts
            .list()
            .iter()
            .filter_map(|artifact| Some((artifact, artifact.hash().filter(|hash| hash.starts_with(prefix))?)))
            .collect();
        match found.as_slice() {
            [] => bail!("no artifact has a SHA-256 that begins with {prefix}"),
            [(artifact, _)] => Ok(artifact),
            several => {
                let name = |(artifact, hash): &(&Artifact, String)| format!("{hash} ({})", numbered(artifact));
                let names: Vec<String> = several.iter().take(CANDIDATES).map(name).collect();
                let more = several.len().saturating_sub(CANDIDATES);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                bail!("{prefix} is the beginning of several: {}{more}", names.join(", "))
            }
        }
    }
}

/// Artifacts that are named when it is not clear which is meant.
const CANDIDATES: usize = 8;

/// Writes the content.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    if io::stdout().is_terminal() {
        bail!("content could take over a terminal; send standard output elsewhere, as into `less` or `xxd`");
    }
    let (_, artifacts) = open(&arguments.capture)?;
    let artifact = arguments.wanted.find(&artifacts)?;
    let name = artifact.hash().unwrap_or_else(|| numbered(artifact));
    if !artifact.is_complete && !arguments.partial {
        let what = missing(&artifacts, artifact)?.unwrap_or_else(|| "it changed while it was read".to_owned());
        bail!("{name} is not complete: {what}; --partial gives what there is");
    }
    if artifact.size.saturating_sub(artifact.stored_bytes) > HOLE_LIMIT {
        bail!("{name} is mostly holes; `tracee artifacts extract` makes a sparse file of it");
    }
    let mut out = Stdout::lock();
    let mut sum = Summing::default();
    let mut is_partial = false;
    artifacts.reader()?.read(artifact, &mut |_, length, run| {
        sum.add(length, run);
        is_partial |= matches!(run, Run::Missing(_));
        match run {
            Run::Data(bytes) => out.write_all(bytes)?,
            Run::Missing(why) if !arguments.partial => bail!("{name} is not complete: {why}"),
            Run::Hole | Run::Missing(_) => write_zeros(&mut out, length)?,
        }
        Ok(())
    })?;
    out.flush()?;
    match (sum.end(), artifact.sha256) {
        (Sum::Is(hash), Some(known)) if hash != known => {
            say(&format!("{name}: the content has another SHA-256, {}", analyzer::text::hex(&hash)));
            Ok(ExitCode::from(DIFFERS))
        }
        _ if is_partial || !artifact.is_complete => Ok(ExitCode::from(DIFFERS)),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn write_zeros(out: &mut impl Write, mut length: u64) -> io::Result<()> {
    static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
    while length > 0 {
        let some = length.min(ZEROS.len() as u64);
        out.write_all(&ZEROS[..some as usize])?;
        length -= some;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn an_artifact_is_named_by_digits_or_by_its_number() {
        assert_eq!(Wanted::parse("0aF"), Ok(Wanted::Hash("0af".to_owned())));
        assert_eq!(Wanted::parse("artifact-12"), Ok(Wanted::Number(12)));
        for wrong in ["", "xyz", "artifact-", "artifact-x", "../x", &"a".repeat(65)] {
            assert!(Wanted::parse(wrong).is_err(), "{wrong}");
        }
    }
}
