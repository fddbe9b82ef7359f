//! What the bytes of packets mean, and files of packets.
//!
//! One packet is taken apart into layers (`dissect`), fragments are put together ([`fragments`]), packets are counted by
//! flow ([`flow`]), segments become streams ([`stream`]), and payload and streams are read as DNS, HTTP/1.x and TLS
//! ([`dns`], [`http`], [`tls`]). [`pcapng`] writes files of packets. This crate knows nothing of captures, of processes, of
//! SQL or of the kernel.
//!
//! ```
//! use packets::{Link, dissect, flow::Flows, fragments::{Fragments, Outcome}, http, stream::{Piece, Streams}};
//!
//! let (mut fragments, mut flows, mut streams) = (Fragments::default(), Flows::new(1000), Streams::default());
//! let mut connection = http::Connection::default(); // One per flow.
//! # let bytes = [0x45, 0, 0, 20, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
//! # let (space, time_ns, length) = (1, 0, bytes.len());
//! let packet = dissect(&bytes, Link::Network(0x0800), length);
//! let whole = match fragments.push(space, &packet, time_ns) {
//!     Outcome::Whole(datagram) => Some(datagram),
//!     _ => None,
//! };
//! let packet = whole.as_ref().map_or(packet, |datagram| datagram.packet());
//! if let Some(update) = flows.push(space, &packet, time_ns, length as u64, 1)
//!     && let Some(tcp) = packet.tcp()
//! {
//!     let client = if update.from_initiator { update.sender } else { update.sender.other() };
//!     for one in streams.push(update.id, update.sender, tcp, packet.payload, packet.payload_bytes) {
//!         // `one.flow` can be another flow, which had to make room.
//!         let role = if one.sender == client { http::Role::Client } else { http::Role::Server };
//!         let events = match one.piece {
//!             Piece::Data(bytes) => connection.push(role, &bytes),
//!             Piece::Gap(bytes, _) => connection.gap(role, bytes),
//!             Piece::End(_) => connection.end(role),
//!         };
//!     }
//! }
//! for flow in flows.take_done() {
//!     streams.end(flow.id);
//! }
//! ```
//!
//! Packets come from enemies: nothing here panics, all memory is bounded, and what is cut or malformed says so instead of
//! having a value.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::arithmetic_side_effects)]
#![cfg_attr(
    test,
    allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::arithmetic_side_effects)
)]

mod bytes;
pub mod dns;
pub mod flow;
pub mod fragments;
pub mod http;
pub mod layers;
pub mod pcapng;
pub mod stream;
pub mod tls;

pub use layers::{Link, Packet, dissect};
