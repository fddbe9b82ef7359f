//! `tracee`: a flight recorder and an offline laboratory for Linux forensics.
//!
//! This is the command line only: one file per subcommand, and how rows are printed. Standard output is for data,
//! standard error for people.

mod arguments;
mod failure;
mod list;
#[cfg(not(all(feature = "record", feature = "analyze")))]
mod missing;
mod output;
mod pack;
mod unpack;
mod verify;

#[cfg(feature = "analyze")]
mod artifacts;
#[cfg(feature = "record")]
mod ctl;
#[cfg(feature = "analyze")]
mod detect;
#[cfg(feature = "analyze")]
mod events;
#[cfg(feature = "analyze")]
mod follow;
#[cfg(feature = "analyze")]
mod info;
#[cfg(feature = "analyze")]
mod packets;
#[cfg(feature = "analyze")]
mod progress;
#[cfg(feature = "analyze")]
mod query;
#[cfg(feature = "record")]
mod record;
#[cfg(feature = "analyze")]
mod replay;
#[cfg(feature = "analyze")]
mod showing;
#[cfg(feature = "analyze")]
mod signatures;

#[cfg(not(feature = "record"))]
use {missing as ctl, missing as record};
#[cfg(not(feature = "analyze"))]
use {
    missing as artifacts, missing as detect, missing as events, missing as info, missing as packets, missing as query,
    missing as replay, missing as signatures,
};

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Records what the Linux kernel says into a capture, and answers questions about it afterwards, on any machine.
#[derive(Parser)]
#[command(name = "tracee", version, max_term_width = 120)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Record a command's process tree, or the whole host, into a capture
    Record(Box<record::Arguments>),
    /// Ask a recording that runs how it is, end it, or change its scope
    Ctl(ctl::Arguments),
    /// Print events
    Events(events::Arguments),
    /// Ask a capture, or a database that `replay` made, in SQL
    Query(query::Arguments),
    /// List, extract and check the content of files and memory that a capture holds
    Artifacts(artifacts::Arguments),
    /// Show packets with who sent or got them, or write them into a file for Wireshark
    Packets(packets::Arguments),
    /// Look for what signatures describe, in captures or while recording
    Detect(Box<detect::Arguments>),
    /// Check signatures, test them, or print them as SQL
    Signatures(signatures::Arguments),
    /// Load a capture into an SQLite database
    Replay(replay::Arguments),
    /// Say what a capture holds, what is missing from it, and why
    Info(info::Arguments),
    /// Check hashes, the chain of segments, sequences and totals
    Verify(verify::Arguments),
    /// Put a capture into one file, which every command reads in place
    Pack(pack::Arguments),
    /// Make a directory of segments of a packed capture
    Unpack(unpack::Arguments),
    /// Show what this tracee knows
    List(list::Arguments),
}

fn main() -> ExitCode {
    let command = match CommandLine::try_parse() {
        Ok(line) => line.command,
        Err(error) => return failure::of_command_line(&error),
    };
    let recording = matches!(command, Command::Record(_));
    let done = match command {
        Command::Record(arguments) => record::run(*arguments),
        Command::Ctl(arguments) => ctl::run(arguments),
        Command::Events(arguments) => events::run(arguments),
        Command::Query(arguments) => query::run(arguments),
        Command::Artifacts(arguments) => artifacts::run(arguments),
        Command::Packets(arguments) => packets::run(arguments),
        Command::Detect(arguments) => detect::run(*arguments),
        Command::Signatures(arguments) => signatures::run(arguments),
        Command::Replay(arguments) => replay::run(arguments),
        Command::Info(arguments) => info::run(arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Pack(arguments) => pack::run(&arguments),
        Command::Unpack(arguments) => unpack::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
    };
    done.unwrap_or_else(|error| failure::of_command(&error, recording))
}
