//! Whole-program tests on live kernel events: each records a command that it starts itself and asks the capture what happened.
//!
//! They run one at a time (`machine::turn`), since some load every CPU and stop the recorder. Where the machine cannot
//! record they are skipped and say why; where it can, a skip is a failure.

mod append;
mod artifacts;
mod bad_input;
mod basics;
mod capture;
mod children;
mod compat;
mod containers;
mod context;
mod control;
mod crash;
mod detection;
mod every_call;
mod exit_status;
mod follow;
mod host;
mod hostile;
mod lanes;
mod loss;
mod machine;
mod oracle;
mod ordinary;
mod packets;
mod privilege;
mod process;
mod program;
mod questions;
mod race;
mod recording;
mod rootkit;
mod scenarios;
mod scope;
mod segments;
mod sockets;
mod space;
mod techniques;
mod whole_host;
