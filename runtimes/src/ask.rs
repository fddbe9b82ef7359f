//! One question to several endpoints at once, within one deadline; what was told before it ran out is kept.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Instant;

use tokio::sync::oneshot;

use crate::description::{Description, id_answers};
use crate::endpoint::{Endpoint, Kind};
use crate::warning::{Failed, Trouble, Warning};
use crate::{Limits, MAX_BYTES, cri, docker, state};

/// Most warnings of one endpoint in one answer.
const MAX_WARNINGS: usize = 8;

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    /// Every container.
    List,
    /// The one of this id.
    Describe(String),
    /// Those of this name.
    Find(String),
}

impl Request {
    /// Whether a description is among those that were asked for.
    pub(crate) fn wants(&self, description: &Description) -> bool {
        match self {
            Request::List => true,
            Request::Describe(id) => id_answers(id, &description.id),
            Request::Find(name) => {
                let names = [&description.name, &description.pod_container];
                names.into_iter().flatten().any(|told| told == name) || id_answers(name, &description.id)
            }
        }
    }
}

/// One endpoint while it is being asked.
pub(crate) struct Asking {
    pub(crate) endpoint: Endpoint,
    pub(crate) limits: Limits,
    started: Instant,
    deadline: Instant,
    told: RefCell<Told>,
}

/// What one endpoint told so far.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) containers: Vec<Description>,
    pub(crate) warnings: Vec<Warning>,
    bytes: usize,
}

impl Asking {
    pub(crate) fn new(endpoint: Endpoint, limits: Limits, started: Instant, deadline: Instant) -> Self {
        Asking { endpoint, limits, started, deadline, told: RefCell::default() }
    }

    /// Keeps a description; `false` when no further one fits.
    pub(crate) fn put(&self, description: Description) -> bool {
        let told = &mut *self.told.borrow_mut();
        let bytes = description.bytes();
        if told.containers.len() >= self.limits.containers || told.bytes + bytes > MAX_BYTES {
            let kept = told.containers.len();
            push(
                &self.endpoint,
                &mut told.warnings,
                Failed::new(Trouble::Incomplete, format_args!("only the first {kept} containers are kept")),
            );
            return false;
        }
        told.bytes += bytes;
        told.containers.push(description);
        true
    }

    /// Puts a fuller description in the place of the one with the same id.
    pub(crate) fn replace(&self, description: Description) {
        let told = &mut *self.told.borrow_mut();
        let bytes = description.bytes();
        if told.bytes + bytes > MAX_BYTES {
            return;
        }
        if let Some(known) = told.containers.iter_mut().find(|known| known.id == description.id) {
            told.bytes += bytes;
            let short = std::mem::replace(known, description);
            known.fill(short);
        }
    }

    /// Ids of what is kept so far.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.told.borrow().containers.iter().map(|description| description.id.clone()).collect()
    }

    pub(crate) fn warn(&self, failed: Failed) {
        push(&self.endpoint, &mut self.told.borrow_mut().warnings, failed);
    }

    /// A failure about one container of many: the next may do better, unless nobody is there any more.
    pub(crate) fn warn_of_one(&self, failed: Failed) -> Result<(), Failed> {
        if failed.trouble == Trouble::Unreachable {
            return Err(failed);
        }
        self.warn(failed);
        Ok(())
    }

    pub(crate) fn warn_more(&self, limit: usize) {
        self.warn(Failed::new(Trouble::Incomplete, format_args!("it knows more than {limit} containers")));
    }

    /// Whether three quarters of the time are gone: then no details are asked for any more.
    pub(crate) fn late(&self) -> bool {
        let whole = self.deadline.saturating_duration_since(self.started);
        self.started.elapsed() >= whole - whole / 4
    }

    pub(crate) fn over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    pub(crate) fn no_time_left(&self) -> Failed {
        Failed::new(Trouble::Incomplete, "no time was left to ask for the details of every container")
    }

    fn into_told(self) -> Told {
        self.told.into_inner()
    }
}

fn push(endpoint: &Endpoint, warnings: &mut Vec<Warning>, failed: Failed) {
    if warnings.len() < MAX_WARNINGS {
        warnings.push(Warning::new(endpoint, failed));
    }
}

/// Asks all of them; returns before or at the deadline (plus what one answer takes to read, which is bounded by its size).
pub(crate) fn all(
    endpoints: &[(&Endpoint, &Arc<AtomicBool>)],
    request: &Request,
    limits: Limits,
    started: Instant,
    deadline: Instant,
) -> Vec<Told> {
    let asked: Vec<Asking> =
        endpoints.iter().map(|(endpoint, _)| Asking::new((*endpoint).clone(), limits, started, deadline)).collect();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            for asking in &asked {
                asking.warn(Failed::unreachable(format_args!("no way to ask: {error}")));
            }
            return asked.into_iter().map(Asking::into_told).collect();
        }
    };
    runtime.block_on(async {
        let mut running: Vec<Option<Pin<Box<dyn Future<Output = ()> + '_>>>> = Vec::new();
        for (asking, (_, busy)) in asked.iter().zip(endpoints) {
            running.push(Some(Box::pin(within(asking, request, busy))));
        }
        poll_fn(|context| {
            let mut pending = false;
            for one in &mut running {
                if let Some(future) = one {
                    match future.as_mut().poll(context) {
                        Poll::Ready(()) => *one = None,
                        Poll::Pending => pending = true,
                    }
                }
            }
            if pending { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    });
    // Connections are tasks of the runtime: they end here.
    drop(runtime);
    asked.into_iter().map(Asking::into_told).collect()
}

async fn within(asking: &Asking, request: &Request, busy: &Arc<AtomicBool>) {
    let answer = async {
        match asking.endpoint.kind {
            Kind::Docker => docker::ask(asking, request).await,
            Kind::Cri => cri::ask(asking, request).await,
            Kind::Runc | Kind::Crun | Kind::Users => read_states(asking, request, busy).await,
        }
    };
    match tokio::time::timeout_at(asking.deadline.into(), answer).await {
        Ok(Ok(())) => {}
        Ok(Err(failed)) => asking.warn(failed),
        Err(_) => {
            let milliseconds = asking.deadline.saturating_duration_since(asking.started).as_millis();
            asking.warn(Failed::new(Trouble::TimedOut, format_args!("no whole answer within {milliseconds} ms")));
        }
    }
}

/// Reads state files on a thread of its own: an unprivileged user can put a file system there that never answers, and no
/// deadline helps against that. The thread is left behind then, and no second one is started before it is done.
async fn read_states(asking: &Asking, request: &Request, busy: &Arc<AtomicBool>) -> Result<(), Failed> {
    if busy.swap(true, Ordering::AcqRel) {
        return Err(Failed::new(Trouble::TimedOut, "an earlier read of it has not come back"));
    }
    struct Done(Arc<AtomicBool>);
    impl Drop for Done {
        fn drop(&mut self) {
            self.0.store(false, Ordering::Release);
        }
    }
    let done = Done(busy.clone());
    let (sender, receiver) = oneshot::channel();
    let theirs = Asking::new(asking.endpoint.clone(), asking.limits, asking.started, asking.deadline);
    let request = request.clone();
    let thread = std::thread::Builder::new().name("state-files".to_owned()).spawn(move || {
        let done = done;
        if let Err(failed) = state::read(&theirs, &request) {
            theirs.warn(failed);
        }
        // Before the answer goes out, for the next question may follow at once.
        drop(done);
        // Nobody waits any more when the time is over.
        let _ = sender.send(theirs.into_told());
    });
    thread.map_err(|error| Failed::unreachable(format_args!("no thread to read it: {error}")))?;
    let told = receiver.await.map_err(|_| Failed::not_understood("its reader failed"))?;
    *asking.told.borrow_mut() = told;
    Ok(())
}
