//! Packets made by hand, well-formed and not.

mod bytes;
mod chain;
mod dns;
mod entries;
mod flow;
mod fragments;
mod hostile;
mod http;
mod layers;
mod stream;
mod tls;
