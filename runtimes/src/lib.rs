//! Asks the container runtimes of a host, by their sockets and state files, what a container is.
//!
//! Everything that is asked may be hostile: a hanging, lying or endless answer costs a bounded time and a bounded amount
//! of memory, and comes back as a warning. Calls block; they belong on a thread of their own. What is recorded of the
//! answers, and when to ask, is the caller's matter.

#![forbid(unsafe_code)]

mod ask;
mod cri;
mod description;
mod docker;
mod endpoint;
mod http;
mod json;
mod state;
mod warning;
mod wire;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::ask::Request;
pub use crate::description::{
    Description, MAX_ID_BYTES, MAX_LABEL_BYTES, MAX_LABELS, MAX_LABELS_BYTES, MAX_TEXT_BYTES, Runtime, id_is_sound,
};
pub use crate::endpoint::{Endpoint, Kind, MAX_ENDPOINTS};
use crate::warning::Failed;
pub use crate::warning::{MAX_WARNING_BYTES, Trouble, Warning};

/// Most containers that one endpoint is listened to about.
pub const MAX_CONTAINERS: usize = 4096;
/// Most bytes of text that are kept of what one endpoint says to one question.
pub const MAX_BYTES: usize = 16 << 20;
/// Longest name that is looked for.
const MAX_NAME_BYTES: usize = 1024;

/// How long and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time of one call as a whole, however many endpoints there are.
    pub time: Duration,
    /// Bytes of one answer.
    pub answer_bytes: usize,
    /// Containers of one endpoint, at most [`MAX_CONTAINERS`].
    pub containers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { time: Duration::from_secs(2), answer_bytes: 4 << 20, containers: MAX_CONTAINERS }
    }
}

/// What the endpoints said together.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Answer {
    /// One description for each id, in the order of the endpoints.
    pub containers: Vec<Description>,
    /// What went wrong, by endpoint. An endpoint that does not know the container is no warning.
    pub warnings: Vec<Warning>,
}

/// The runtimes that are asked, one question at a time: a second one beside it finds the state files being read and says so.
#[derive(Debug)]
pub struct Runtimes {
    /// With each endpoint, whether a thread still reads its state files.
    endpoints: Vec<(Endpoint, Arc<AtomicBool>)>,
    limits: Limits,
}

impl Runtimes {
    /// Asks these endpoints, of which the first [`MAX_ENDPOINTS`] count; where two tell different things about a
    /// container, the earlier one is believed.
    pub fn new(endpoints: Vec<Endpoint>, limits: Limits) -> Self {
        let mut endpoints = endpoints;
        endpoints.truncate(MAX_ENDPOINTS);
        let limits = Limits { containers: limits.containers.min(MAX_CONTAINERS), ..limits };
        Runtimes { endpoints: endpoints.into_iter().map(|endpoint| (endpoint, Arc::default())).collect(), limits }
    }

    /// The endpoints that are asked.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter().map(|(endpoint, _)| endpoint)
    }

    /// Every container that the runtimes know, running or not.
    pub fn list(&self) -> Answer {
        self.ask(Request::List, None, self.limits.time)
    }

    /// The same, in less time than a question usually may take.
    pub fn list_within(&self, time: Duration) -> Answer {
        self.ask(Request::List, None, time.min(self.limits.time))
    }

    /// The container of that id (12 hex digits of it suffice); with a hint, that runtime's endpoints are asked first and
    /// the others only when these do not know it.
    pub fn describe(&self, id: &str, hint: Option<Runtime>) -> Answer {
        if !id_is_sound(id) {
            return refused(format_args!("{id:?} is no container id"));
        }
        self.ask(Request::Describe(id.to_owned()), hint, self.limits.time)
    }

    /// The containers of that name: several where pods call them the same, none where there is none. An id counts too.
    pub fn find(&self, name: &str) -> Answer {
        if name.is_empty() || name.len() > MAX_NAME_BYTES || name.contains('\0') {
            return refused(format_args!("{name:?} is no container's name"));
        }
        self.ask(Request::Find(name.to_owned()), None, self.limits.time)
    }

    fn ask(&self, request: Request, hint: Option<Runtime>, time: Duration) -> Answer {
        let started = Instant::now();
        let deadline = started + time;
        let (first, rest): (Vec<_>, Vec<_>) =
            self.endpoints.iter().map(|(endpoint, busy)| (endpoint, busy)).partition(|(endpoint, _)| {
                match (hint, endpoint.kind) {
                    (None, _) | (_, Kind::Runc | Kind::Crun | Kind::Users) => true,
                    (Some(Runtime::Docker | Runtime::Podman), kind) => kind == Kind::Docker,
                    (Some(Runtime::Containerd | Runtime::Crio), kind) => kind == Kind::Cri,
                    (Some(Runtime::Runc | Runtime::Crun), _) => false,
                }
            });
        let mut answer = Answer::default();
        for endpoints in [first, rest] {
            // A state file tells little of the image: it ends the search only where nobody else would know more.
            let known = match hint {
                Some(Runtime::Runc | Runtime::Crun) | None => !answer.containers.is_empty(),
                Some(_) => answer.containers.iter().any(|known| known.by_daemon()),
            };
            if endpoints.is_empty() || known {
                continue;
            }
            let mut told = ask::all(&endpoints, &request, self.limits, started, deadline);
            // State files last: a daemon knows its own containers better.
            let mut order: Vec<usize> = (0..told.len()).collect();
            order.sort_by_key(|&at| match endpoints[at].0.kind {
                Kind::Docker | Kind::Cri => 0,
                Kind::Runc | Kind::Crun => 1,
                Kind::Users => 2,
            });
            for at in order {
                let told = std::mem::take(&mut told[at]);
                answer.warnings.extend(told.warnings);
                answer.add(told.containers);
            }
        }
        answer
    }
}

impl Answer {
    fn add(&mut self, containers: Vec<Description>) {
        let mut by_id: std::collections::HashMap<String, usize> =
            self.containers.iter().enumerate().map(|(at, known)| (known.id.clone(), at)).collect();
        for told in containers {
            match by_id.get(&told.id).and_then(|at| self.containers.get_mut(*at)) {
                // Whoever owns the directory could call a container as another one is called.
                Some(_) if told.of_a_user => {}
                Some(known) if known.of_a_user => *known = told,
                // A daemon was asked first: what it says stays, and its source with it.
                Some(known) => known.fill(told),
                None => {
                    by_id.insert(told.id.clone(), self.containers.len());
                    self.containers.push(told);
                }
            }
        }
    }
}

fn refused(text: std::fmt::Arguments) -> Answer {
    let warning = Warning::new(&"request", Failed::new(Trouble::Refused, text));
    Answer { containers: Vec::new(), warnings: vec![warning] }
}
