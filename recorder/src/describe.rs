//! Asks the container runtimes what the containers in scope are, on a thread of its own, and puts their answers into the log
//! as records: replay needs no runtime. Recording never waits for an answer, but a moment at its end.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use formats::events::recorder::CONTAINER_DESCRIBED;
use formats::events::structure::CONTAINER;
use formats::frame::FrameHeader;
use formats::payload::{PayloadBuilder, Value, Variable};
use formats::schema::Schema;
use policy::Text;
use runtimes::{Description, Endpoint, Limits, Runtimes, Warning};

use crate::clock;

/// When a container that no runtime knew is asked about again, counted from when it was first seen: it may be known to the
/// kernel before its runtime has written it down.
const AGAIN: [Duration; 4] =
    [Duration::from_millis(100), Duration::from_millis(400), Duration::from_secs(2), Duration::from_secs(10)];
/// Containers that are waited for at once.
const MOST_WAITING: usize = 4096;
/// Containers that are remembered.
const MOST_KNOWN: usize = 16_384;
/// How long the end of the recording waits for answers: for that to the question that is being asked, which may take two
/// seconds, and for those to one more, which has to leave the last part for the records of what is still open.
const END_PATIENCE: Duration = Duration::from_secs(3);
const END_RECORDS: Duration = Duration::from_millis(300);

/// Who can be asked.
pub(crate) struct Sources {
    runtimes: Runtimes,
    warnings: Vec<Warning>,
}

impl Sources {
    /// The named endpoints (`docker:PATH`, `cri:PATH`, `runc:DIRECTORY`), `none` for no one, or those of this host.
    ///
    /// # Errors
    /// What an endpoint should look like.
    pub(crate) fn new(named: &[String]) -> Result<Sources, String> {
        if named.iter().any(|name| name == "none") {
            return Ok(Sources { runtimes: Runtimes::new(Vec::new(), Limits::default()), warnings: Vec::new() });
        }
        let (endpoints, warnings) = if named.is_empty() {
            Endpoint::of_this_host()
        } else {
            (named.iter().map(|name| Endpoint::parse(name)).collect::<Result<_, _>>()?, Vec::new())
        };
        Ok(Sources { runtimes: Runtimes::new(endpoints, Limits::default()), warnings })
    }

    /// Containers whose name (or id) fits a pattern.
    pub(crate) fn named(&self, pattern: &Text) -> Vec<Found> {
        let answer = match std::str::from_utf8(&pattern.bytes) {
            Ok(name) if pattern.is_exact() => self.runtimes.find(name),
            _ => self.runtimes.list(),
        };
        let fits = |container: &&Description| {
            let names = [container.name.as_deref(), container.pod_container.as_deref(), Some(&container.id)];
            pattern.is_exact() || names.iter().flatten().any(|name| pattern.matches(name.as_bytes()))
        };
        answer.containers.iter().filter(fits).filter_map(Found::of).collect()
    }

    /// What went wrong when its runtimes were asked for.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = String> {
        self.warnings.iter().map(Warning::to_string)
    }
}

/// A container that a runtime knows, as the kernel side can tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// By the id in the name of its control group.
    Id(String),
    /// By its PID namespace, inode number.
    PidNamespace(u32),
}

impl Found {
    fn of(container: &Description) -> Option<Found> {
        let is_in_cgroup = container.id.len() == 64 && container.id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_in_cgroup {
            Some(Found::Id(container.id.clone()))
        } else {
            pid_namespace(container).map(Found::PidNamespace)
        }
    }
}

/// The PID namespace that a container's first process made, inode number.
fn pid_namespace(container: &Description) -> Option<u32> {
    let link = std::fs::read_link(format!("/proc/{}/ns/pid", container.init_pid?)).ok()?;
    link.to_str()?.strip_prefix("pid:[")?.strip_suffix(']')?.parse().ok()
}

/// A container that the kernel side told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    key: u64,
    /// Empty when only the PID namespace tells it.
    id: String,
    pid_ns: u32,
    cgroup_path: Vec<u8>,
}

impl Seen {
    /// Out of a `container` frame's payload.
    pub(crate) fn decode(payload: &[u8]) -> Option<Seen> {
        let schema = Schema::builtin().get(CONTAINER.id)?;
        let mut seen = Seen { key: 0, id: String::new(), pid_ns: 0, cgroup_path: Vec::new() };
        for (field, value) in schema.fields.iter().zip(schema.values(payload)?) {
            match (field.name.as_str(), value) {
                ("container", Value::U64(number)) => seen.key = number,
                ("pid_ns", Value::U64(number)) => seen.pid_ns = number as u32,
                ("name", Value::Variable(_, name)) => seen.id = String::from_utf8_lossy(name.bytes).into(),
                ("cgroup_path", Value::Variable(_, path)) => seen.cgroup_path = path.bytes.to_vec(),
                _ => {}
            }
        }
        Some(seen)
    }
}

enum Message {
    Seen(Seen),
    /// Nobody waits for more than what has been put until then.
    End(Instant),
}

/// The thread that asks.
pub(crate) struct Describer {
    sender: Sender<Message>,
    thread: JoinHandle<()>,
    /// The end has come: what is being asked about is the last.
    is_ending: Arc<AtomicBool>,
    /// Nothing more is taken.
    is_over: Arc<AtomicBool>,
}

impl Describer {
    /// Starts it; `put` gets the records, frames without sequence numbers.
    ///
    /// # Errors
    /// There can be no further thread.
    pub(crate) fn start(sources: Sources, mut put: impl FnMut(Vec<u8>) + Send + 'static) -> std::io::Result<Describer> {
        let (sender, receiver) = channel();
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let put = move |rows| {
            if !over.load(Ordering::SeqCst) {
                put(rows);
            }
        };
        let is_ending = Arc::new(AtomicBool::new(false));
        let mut asker =
            Asker { sources, put, known: HashMap::new(), waiting: BTreeMap::new(), is_ending: Arc::clone(&is_ending) };
        let run = move || asker.run(&receiver);
        let thread = thread::Builder::new().name("tracee-runtimes".to_owned()).spawn(run)?;
        Ok(Describer { sender, thread, is_ending, is_over })
    }

    /// A segment tells of this container: what it is will be put into that segment, or the next.
    pub(crate) fn seen(&self, container: Seen) {
        // When the thread has failed nothing more is described, and the end says so.
        let _ = self.sender.send(Message::Seen(container));
    }

    /// Puts what is still open, as answer or as reason why there is none. False when the thread failed, or does not end.
    pub(crate) fn end(self) -> bool {
        let until = Instant::now() + END_PATIENCE;
        self.is_ending.store(true, Ordering::SeqCst);
        let _ = self.sender.send(Message::End(until));
        while !self.thread.is_finished() {
            if Instant::now() >= until {
                self.is_over.store(true, Ordering::SeqCst);
                return false;
            }
            thread::sleep(Duration::from_millis(2));
        }
        self.thread.join().is_ok()
    }
}

/// A container that no runtime has described yet.
struct Waiting {
    container: Seen,
    since: Instant,
    /// How often it was asked about.
    tries: usize,
    /// What went wrong the last time.
    trouble: Vec<String>,
}

struct Asker<P> {
    sources: Sources,
    put: P,
    /// What was put, by key: it is put again for later segments.
    known: HashMap<u64, Vec<u8>>,
    waiting: BTreeMap<u64, Waiting>,
    is_ending: Arc<AtomicBool>,
}

impl<P: FnMut(Vec<u8>)> Asker<P> {
    fn run(&mut self, messages: &Receiver<Message>) {
        let mut ended = None;
        while ended.is_none() {
            let message = match self.next_try() {
                Some(at) => messages.recv_timeout(at.saturating_duration_since(Instant::now())),
                None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match message {
                Ok(Message::Seen(container)) => self.take(container),
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Message::End(until)) => ended = Some(until),
                Err(RecvTimeoutError::Disconnected) => ended = Some(Instant::now()),
            }
            // All that have come meanwhile are asked about together.
            while let Ok(message) = messages.try_recv() {
                match message {
                    Message::Seen(container) => self.take(container),
                    Message::End(until) => ended = Some(until),
                }
            }
            if ended.is_none() {
                self.ask();
            }
        }
        self.finish(ended.unwrap_or_else(Instant::now));
    }

    fn take(&mut self, container: Seen) {
        if let Some(record) = self.known.get(&container.key) {
            (self.put)(record.clone());
        } else if self.waiting.len() < MOST_WAITING {
            let waiting = Waiting { container, since: Instant::now(), tries: 0, trouble: Vec::new() };
            self.waiting.entry(waiting.container.key).or_insert(waiting);
        } else {
            self.settle(&container, Err("too many containers at once to ask about"));
        }
    }

    /// When the first of those that wait is to be asked about.
    fn next_try(&self) -> Option<Instant> {
        self.waiting.values().map(Waiting::due).min()
    }

    /// Asks about those whose time has come, and settles what can be.
    fn ask(&mut self) {
        let now = Instant::now();
        let due: Vec<u64> = self.waiting.iter().filter(|(_, one)| one.due() <= now).map(|(key, _)| *key).collect();
        // One question for all, when it is many or when only a list tells which is whose.
        let by_list = due.len() > 4 || due.iter().any(|key| self.waiting[key].container.id.is_empty());
        let list = (by_list && !due.is_empty()).then(|| Listed::of(self.sources.runtimes.list()));
        for key in due {
            if self.is_ending.load(Ordering::SeqCst) {
                break;
            }
            let Some(mut one) = self.waiting.remove(&key) else { continue };
            one.tries += 1;
            match self.look_up(&one.container, list.as_ref()) {
                Ok(found) => self.settle(&one.container, Ok(&found)),
                Err(trouble) if one.tries > AGAIN.len() || !self.can_ask() => {
                    let why = self.why_not("no runtime knows it", &trouble);
                    self.settle(&one.container, Err(&why));
                }
                Err(trouble) => _ = self.waiting.insert(key, Waiting { trouble, ..one }),
            }
        }
    }

    fn can_ask(&self) -> bool {
        self.sources.runtimes.endpoints().next().is_some()
    }

    /// Why a container is not described, in words.
    fn why_not(&self, unknown: &str, trouble: &[String]) -> String {
        if !self.can_ask() {
            return "there is no runtime to ask".to_owned();
        }
        [&[unknown.to_owned()], trouble].concat().join("; ")
    }

    /// What the runtimes say of a container, or what went wrong when they were asked.
    fn look_up(&self, container: &Seen, list: Option<&Listed>) -> Result<Description, Vec<String>> {
        if let Some(found) = list.and_then(|list| list.find(container)) {
            return Ok(found.clone());
        }
        let mut warnings = list.map_or_else(Vec::new, |list| list.warnings.clone());
        if !container.id.is_empty() {
            let hint = formats::container::Container::of(&container.cgroup_path).and_then(|named| named.runtime);
            let answer = self.sources.runtimes.describe(&container.id, hint.and_then(runtimes::Runtime::from_name));
            if let Some(found) = answer.containers.into_iter().next() {
                return Ok(found);
            }
            warnings = answer.warnings.iter().map(Warning::to_string).collect();
        }
        warnings.dedup();
        Err(warnings)
    }

    /// At the end all that are not described are asked about once more, together, in the time that is left.
    fn finish(&mut self, until: Instant) {
        let time = until.saturating_duration_since(Instant::now()).saturating_sub(END_RECORDS);
        let list = (!self.waiting.is_empty()).then(|| Listed::of(self.sources.runtimes.list_within(time)));
        for mut one in std::mem::take(&mut self.waiting).into_values() {
            let found = list.as_ref().and_then(|list| list.find(&one.container));
            let trouble = match list.as_ref() {
                // What went wrong before says more than that a list does not have it.
                Some(list) if !list.warnings.is_empty() => list.warnings.clone(),
                _ => std::mem::take(&mut one.trouble),
            };
            let why = self.why_not("no runtime knew it when recording ended", &trouble);
            self.settle(&one.container, found.ok_or(&why));
        }
    }

    fn settle(&mut self, container: &Seen, answer: Result<&Description, &str>) {
        let record = record(container, answer);
        if self.known.len() < MOST_KNOWN {
            self.known.insert(container.key, record.clone());
        }
        (self.put)(record);
    }
}

impl Waiting {
    fn due(&self) -> Instant {
        match self.tries.checked_sub(1) {
            None => self.since,
            Some(tries) => self.since + AGAIN[tries.min(AGAIN.len() - 1)],
        }
    }
}

/// What all runtimes said of all their containers.
struct Listed {
    by_id: HashMap<String, Description>,
    by_pid_namespace: HashMap<u32, Description>,
    warnings: Vec<String>,
}

impl Listed {
    fn of(answer: runtimes::Answer) -> Listed {
        let mut listed = Listed {
            by_id: HashMap::new(),
            by_pid_namespace: HashMap::new(),
            warnings: answer.warnings.iter().map(Warning::to_string).collect(),
        };
        for container in answer.containers {
            if let Some(namespace) = pid_namespace(&container) {
                listed.by_pid_namespace.entry(namespace).or_insert_with(|| container.clone());
            }
            listed.by_id.entry(container.id.clone()).or_insert(container);
        }
        listed
    }

    fn find(&self, container: &Seen) -> Option<&Description> {
        if container.id.is_empty() {
            self.by_pid_namespace.get(&container.pid_ns)
        } else {
            self.by_id.get(&container.id)
        }
    }
}

/// The record of what was said of a container, or why nothing was.
fn record(container: &Seen, answer: Result<&Description, &str>) -> Vec<u8> {
    let described = answer.ok();
    let labels = described
        .map(|described| serde_json::to_string(&described.labels).unwrap_or_default())
        .filter(|labels| labels != "{}");
    let of = |value: fn(&Description) -> Option<&str>| described.and_then(value);
    let texts = [
        ("id", of(|it| Some(&it.id))),
        ("runtime", of(|it| Some(it.runtime.name()))),
        ("name", of(|it| it.name.as_deref())),
        ("image", of(|it| it.image.as_deref())),
        ("image_id", of(|it| it.image_id.as_deref())),
        ("image_digest", of(|it| it.image_digest.as_deref())),
        ("pod_name", of(|it| it.pod_name.as_deref())),
        ("pod_uid", of(|it| it.pod_uid.as_deref())),
        ("pod_namespace", of(|it| it.pod_namespace.as_deref())),
        ("labels", labels.as_deref()),
        ("why_not", answer.err()),
    ];
    let nothing = Variable { bytes: &[], full_len: Some(0), fault: false, null: true };
    let row = PayloadBuilder::new(&CONTAINER_DESCRIBED)
        .u64("container", container.key)
        .i64("created_ns", described.and_then(|it| it.created_ns).and_then(|ns| ns.try_into().ok()).unwrap_or(0))
        .u64("is_sandbox", described.is_some_and(|it| it.pod_sandbox == Some(true)).into());
    let payload = texts.into_iter().fold(row, |row, (name, text)| match text {
        Some(text) => row.bytes(name, text.as_bytes()),
        None => row.variable(name, nothing),
    });
    let mut rows = Vec::new();
    // Descriptions are far below a frame's limit.
    if let Ok(payload) = payload.finish() {
        let header = FrameHeader { boot_ns: clock::boot_ns(), event: CONTAINER_DESCRIBED.id, ..Default::default() };
        let _ = header.append(&payload, &mut rows);
    }
    rows
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn seen(key: u64) -> Seen {
        Seen { key, id: "a".repeat(64), pid_ns: 0, cgroup_path: format!("/docker/{}", "a".repeat(64)).into_bytes() }
    }

    #[test]
    fn each_container_gets_a_record_also_when_there_is_nobody_to_ask() {
        let rows = Arc::new(Mutex::new(Vec::new()));
        let put = {
            let rows = Arc::clone(&rows);
            move |row: Vec<u8>| rows.lock().unwrap().push(row)
        };
        let describer = Describer::start(Sources::new(&["none".to_owned()]).unwrap(), put).unwrap();
        describer.seen(seen(1));
        describer.seen(seen(2));
        let began = Instant::now();
        assert!(describer.end());
        assert!(began.elapsed() < END_PATIENCE, "nothing is waited for");
        let rows = rows.lock().unwrap();
        let text = |row: &[u8]| String::from_utf8_lossy(row).into_owned();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| text(row).contains("there is no runtime to ask")), "{rows:?}");
    }

    #[test]
    fn a_runtime_that_hangs_leaves_a_reason_with_each_container() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("hangs.sock");
        // Nobody accepts: whoever connects waits.
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let rows = Arc::new(Mutex::new(Vec::new()));
        let put = {
            let rows = Arc::clone(&rows);
            move |row: Vec<u8>| rows.lock().unwrap().push(row)
        };
        let sources = Sources::new(&[format!("docker:{}", socket.display())]).unwrap();
        let describer = Describer::start(sources, put).unwrap();
        (1..=4).for_each(|key| describer.seen(seen(key)));
        // So that the question about the first is being asked.
        thread::sleep(Duration::from_millis(200));
        assert!(describer.end(), "it did not end in time");
        let rows = rows.lock().unwrap();
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().all(|row| String::from_utf8_lossy(row).contains("hangs.sock")), "{rows:?}");
    }

    #[test]
    fn an_endpoint_that_is_none_is_refused() {
        assert!(Sources::new(&["podman".to_owned()]).is_err());
    }
}
