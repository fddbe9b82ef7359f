//! What to measure and how often, from the command line.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

const USAGE: &str = "bench --tracee PATH [--json FILE] [--rounds N] [--events N] [--only NAME[,NAME]]\n\
    NAME: a (dd of single bytes), b (fork and exec), c (tar), d (compiling), outside, scopes, families, everything,\n\
    two-dd, artifacts, packets, keyframe, query (of a capture of --events, kept in target/captures),\n\
    detection";

/// The command line.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The release binary.
    pub(crate) tracee: PathBuf,
    /// Where all numbers go.
    pub(crate) json: PathBuf,
    /// Runs per variant; their median counts.
    pub(crate) rounds: usize,
    /// Events of the capture that questions are asked of.
    pub(crate) events: u64,
    only: Vec<String>,
}

impl Plan {
    /// Reads the arguments behind the program's name.
    pub(crate) fn parse(arguments: &[String]) -> Result<Plan> {
        let mut plan = Plan {
            tracee: PathBuf::new(),
            json: "target/bench.json".into(),
            rounds: 5,
            events: 20_000_000,
            only: Vec::new(),
        };
        let mut rest = arguments.iter();
        while let Some(option) = rest.next() {
            if option == "--help" {
                println!("{USAGE}");
                std::process::exit(0);
            }
            let value = rest.next().with_context(|| format!("{option} needs a value\n{USAGE}"))?;
            match option.as_str() {
                "--tracee" => plan.tracee = value.into(),
                "--json" => plan.json = value.into(),
                "--rounds" => plan.rounds = value.parse().context("--rounds is a number")?,
                "--events" => plan.events = value.parse().context("--events is a number")?,
                "--only" => plan.only = value.split(',').map(str::to_owned).collect(),
                _ => bail!("unknown option {option}\n{USAGE}"),
            }
        }
        if plan.tracee.as_os_str().is_empty() || plan.rounds == 0 {
            bail!("{USAGE}");
        }
        Ok(plan)
    }

    /// Whether this measurement was asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}
