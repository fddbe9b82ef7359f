//! How failures are told: one line on standard error, and an exit status.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;

#[cfg(feature = "analyze")]
use crate::output::amount::counted;
use crate::output::{escape, is_closed_stdout};

/// It could not be done.
pub(crate) const FAILED: u8 = 2;
/// `record` could not do it; any other status is the recorded command's own. The same as `env`'s.
pub(crate) const RECORD_FAILED: u8 = 125;

/// Tells of a command line that is not understood (or prints the help that it asks for).
pub(crate) fn of_command_line(error: &clap::Error) -> ExitCode {
    let help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if help || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // A reader that has gone away has seen enough of the help.
        let _ = error.print();
        return if help { ExitCode::SUCCESS } else { ExitCode::from(FAILED) };
    }
    say(&sentence(&error.render().to_string()));
    let recording = std::env::args_os().nth(1).is_some_and(|subcommand| subcommand == "record");
    ExitCode::from(if recording { RECORD_FAILED } else { FAILED })
}

/// Tells of a command that failed.
pub(crate) fn of_command(error: &anyhow::Error, recording: bool) -> ExitCode {
    if is_closed_stdout(error) {
        return ExitCode::SUCCESS;
    }
    say(&chain(error));
    #[cfg(feature = "record")]
    if let Some(status) = error.downcast_ref::<recorder::RecordError>().and_then(crate::record::command_status) {
        return ExitCode::from(status);
    }
    ExitCode::from(if recording { RECORD_FAILED } else { FAILED })
}

/// Writes one line to standard error. Messages quote file names, SQL and the like, so they are escaped.
pub(crate) fn say(message: &str) {
    // There is nobody to tell when standard error is closed.
    let _ = writeln!(io::stderr(), "tracee: {}", escape::for_terminal(message));
}

/// The sentence for parts of a capture that were left out of an answer.
#[cfg(feature = "analyze")]
pub(crate) fn damaged(count: u64) -> String {
    let parts = counted(count, "damaged part");
    format!("{parts} left out; `tracee verify` says where")
}

/// An error and its causes in one line. A cause that the message before it has quoted is not repeated.
pub(crate) fn chain(error: &anyhow::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let text = next.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = Error::source(next);
    }
    message
}

/// What clap says, without its second half (usage and where to find help), in one line.
fn sentence(rendered: &str) -> String {
    let lines = rendered.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let mut said = String::new();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with("For more information")) {
        match line.strip_prefix("error: ") {
            Some(error) => said.push_str(error),
            None => said.extend([if line.starts_with("tip:") { "; " } else { " " }, line]),
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::{chain, sentence};

    #[test]
    fn causes_follow_in_one_line_without_repeating() {
        let error = anyhow!("no such file").context("cannot open x").context("query: cannot open x: no such file");
        assert_eq!(chain(&error), "query: cannot open x: no such file");
        assert_eq!(chain(&anyhow!("no such file").context("cannot open x")), "cannot open x: no such file");
    }

    #[test]
    fn clap_is_cut_to_one_line() {
        let rendered = "error: invalid value 'x' for '--output <FORMAT>'\n  [possible values: table, json]\n\n  tip: a\n\nUsage: y\n\nFor more information, try '--help'.\n";
        assert_eq!(
            sentence(rendered),
            "invalid value 'x' for '--output <FORMAT>' [possible values: table, json]; tip: a"
        );
    }
}
