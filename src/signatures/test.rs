//! `tracee signatures test`: what signatures find in captures, compared with what files expect.

use std::path::PathBuf;
use std::process::ExitCode;

use ::signatures::{Set, builtin};
use analyzer::origin::Origin;
use anyhow::{Result, bail};
use detection::expectation::{Expectations, Test};
use detection::report::Report;
use detection::{Options, detect};
use formats::capture::Capture;

use super::{options, told};
use crate::detect::about;
use crate::failure::{self, chain, damaged, say};
use crate::output::amount::counted;
use crate::output::{Cell, Format, Printer};

/// Exit status when something is not as expected.
const DIFFERS: u8 = 1;
/// Findings in one capture: expected ones are few.
const MAX_FINDINGS: usize = 100_000;

/// Arguments of `tracee signatures test`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Files that name captures and the findings that are expected in them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How the results are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    output: Format,
}

/// Runs the tests of all files; status 1 when one differs, 2 when one could not be run.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let columns = ["test", "ok", "difference"].map(str::to_owned);
    let mut printer = Printer::to_stdout(arguments.output, &columns)?;
    let (mut tests, mut differing, mut failed) = (0, 0, false);
    for path in &arguments.files {
        let loaded = Expectations::read(path).map_err(|error| vec![error]).and_then(|expectations| {
            let files = match expectations.signatures.as_slice() {
                [] => builtin::files(),
                paths => Set::texts(paths).map_err(|error| vec![error])?,
            };
            Ok((Set::parse(&files, options())?, expectations))
        });
        let (set, expectations) = match loaded {
            Ok(loaded) => loaded,
            Err(errors) => {
                told(&errors);
                failed = true;
                continue;
            }
        };
        for test in &expectations.tests {
            tests += 1;
            let differences = match differences(test, &set) {
                Ok(differences) => differences,
                Err(error) => {
                    say(&format!("{}: {}: {}", path.display(), test.name, chain(&error)));
                    failed = true;
                    continue;
                }
            };
            differing += u64::from(!differences.is_empty());
            let shown = if differences.is_empty() {
                vec![Cell::Null]
            } else {
                differences.into_iter().map(Cell::Text).collect()
            };
            for difference in shown {
                printer.row(vec![Cell::Text(test.name.clone()), Cell::Bool(difference == Cell::Null), difference])?;
            }
        }
    }
    printer.finish()?;
    say(&format!("{}, {differing} not as expected", counted(tests, "test")));
    Ok(match (failed, differing) {
        (true, _) => ExitCode::from(failure::FAILED),
        (false, 0) => ExitCode::SUCCESS,
        (false, _) => ExitCode::from(DIFFERS),
    })
}

fn differences(test: &Test, set: &Set) -> Result<Vec<String>> {
    if let Some(why) = test.unknown(set) {
        bail!(why);
    }
    let capture = Capture::open(&test.capture)?;
    let about = about(&capture, &Origin::gather(&capture)?);
    let mut findings = Vec::new();
    let summary = detect(&capture, set, Options::default(), &mut |finding| {
        if findings.len() == MAX_FINDINGS {
            bail!("more than {MAX_FINDINGS} findings");
        }
        findings.push(finding);
        Ok(())
    })?;
    if summary.damaged > 0 {
        bail!(damaged(summary.damaged));
    }
    let mut reports = Vec::new();
    for finding in &findings {
        if let Some(signature) = set.signatures().get(finding.signature) {
            reports.push(Report { finding, signature, about: &about, suppressed: None, reasons: None });
        }
    }
    Ok(test.differences(&reports))
}
