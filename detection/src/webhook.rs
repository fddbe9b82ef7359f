//! A webhook: each finding is sent by HTTP POST, by a thread of its own, so that detection never waits for a server.
//!
//! What waits to be sent is bounded, and so is every wait: for one answer, between attempts, and at the end. What could not
//! be delivered is counted and never forgotten silently. Secrets (the URL's path, headers) appear in no message.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use ureq::http::{HeaderName, HeaderValue, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Error as HttpError};

/// What is sent, and how patiently.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to; `http` or `https`.
    pub url: String,
    /// Headers beside those that every request has.
    pub headers: Vec<(String, String)>,
    /// Certificates of authorities that the server's may be signed by (PEM); nothing for those of the public web.
    pub authorities: Option<Vec<u8>>,
    /// How long one attempt may take, from the look-up of the name to the answer.
    pub attempt: Duration,
    /// Attempts for one finding.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles before each further one.
    pub first_wait: Duration,
    /// The longest wait between two attempts, whatever the server asks for.
    pub longest_wait: Duration,
    /// How long the end waits for what is not sent yet.
    pub patience: Duration,
    /// Findings that wait to be sent.
    pub queue: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            url: String::new(),
            headers: Vec::new(),
            authorities: None,
            attempt: Duration::from_secs(10),
            attempts: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            patience: Duration::from_secs(30),
            queue: 10_000,
        }
    }
}

/// How it went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Findings that the server took.
    pub delivered: u64,
    /// Findings that it did not take, or that could not be sent in as many attempts as there may be.
    pub failed: u64,
    /// Findings for which there was no room to wait.
    pub dropped: u64,
    /// Findings that waited still when patience was over.
    pub left: u64,
    /// Attempts, first ones included.
    pub attempts: u64,
    /// Why the last attempt that failed did.
    pub last_error: Option<String>,
}

impl Delivery {
    /// Findings that did not arrive.
    pub fn undelivered(&self) -> u64 {
        self.failed + self.dropped + self.left
    }
}

struct Message {
    body: String,
    /// Number of the finding: the receiver can tell what came twice.
    key: i64,
}

/// A webhook at work.
pub struct Webhook {
    sender: SyncSender<Message>,
    ended: Receiver<()>,
    state: Arc<Mutex<Delivery>>,
    accepted: u64,
    dropped: u64,
    patience: Duration,
}

impl Webhook {
    /// Begins. Nothing is sent yet.
    ///
    /// # Errors
    /// A sentence about the URL or a header that cannot be used, or that no thread could be started.
    pub fn start(options: Options) -> Result<Webhook, String> {
        check(&options)?;
        let agent = agent(&options)?;
        let (sender, receiver) = sync_channel(options.queue.max(1));
        let (end, ended) = sync_channel(1);
        let state = Arc::new(Mutex::new(Delivery::default()));
        let patience = options.patience;
        let shared = Arc::clone(&state);
        let run = move || {
            Courier { options, agent, state: shared }.run(&receiver);
            // Nobody waits any more when this fails.
            let _ = end.send(());
        };
        thread::Builder::new()
            .name("tracee-webhook".to_owned())
            .spawn(run)
            .map_err(|error| format!("cannot start a thread: {error}"))?;
        Ok(Webhook { sender, ended, state, accepted: 0, dropped: 0, patience })
    }

    /// Has a finding sent; does not wait. False when there is no room: it is counted.
    pub fn send(&mut self, key: i64, body: String) -> bool {
        match self.sender.try_send(Message { body, key }) {
            Ok(()) => self.accepted += 1,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.dropped += 1;
                return false;
            }
        }
        true
    }

    /// Waits until everything is sent, as long as there is patience, and says how it went.
    pub fn finish(self) -> Delivery {
        drop(self.sender);
        let is_over = !matches!(self.ended.recv_timeout(self.patience), Err(RecvTimeoutError::Timeout));
        let mut delivery = self.state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        delivery.dropped = self.dropped;
        delivery.left = self.accepted.saturating_sub(delivery.delivered + delivery.failed);
        if !is_over && delivery.last_error.is_none() {
            delivery.last_error = Some("no answer yet".to_owned());
        }
        delivery
    }
}

/// Where it goes, as messages say it: without what may be a secret.
pub fn shown(url: &str) -> String {
    let uri: Option<Uri> = url.parse().ok();
    let host = uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.authority()?)));
    host.map_or_else(String::new, |(scheme, authority)| {
        let host = authority.as_str().rsplit('@').next().unwrap_or_default();
        format!("{scheme}://{host}")
    })
}

/// Whether the URL and the headers can be used.
fn check(options: &Options) -> Result<(), String> {
    let uri: Uri = options.url.parse().map_err(|_| "the URL of the webhook is not one".to_owned())?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return Err("the URL of the webhook has to begin with http:// or https:// and a host".to_owned());
    }
    for (name, value) in &options.headers {
        if HeaderName::try_from(name.as_str()).is_err() || HeaderValue::try_from(value.as_str()).is_err() {
            return Err(format!("the header {:?} cannot be sent", name.chars().take(40).collect::<String>()));
        }
    }
    Ok(())
}

fn agent(options: &Options) -> Result<Agent, String> {
    let mut tls = TlsConfig::builder();
    if let Some(pem) = &options.authorities {
        let items: Result<Vec<PemItem<'static>>, _> = parse_pem(pem).collect();
        let items = items.map_err(|_| "the certificates for the webhook are not PEM".to_owned())?;
        let certificates = items.into_iter().filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        });
        let certificates: Vec<Certificate<'static>> = certificates.collect();
        if certificates.is_empty() {
            return Err("there is no certificate in the file for the webhook".to_owned());
        }
        tls = tls.root_certs(RootCerts::Specific(Arc::new(certificates)));
    }
    let config = Agent::config_builder()
        .timeout_global(Some(options.attempt))
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(concat!("tracee/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls.build())
        .build();
    Ok(config.new_agent())
}

/// What sends.
struct Courier {
    options: Options,
    agent: Agent,
    state: Arc<Mutex<Delivery>>,
}

/// How an attempt ended.
enum Outcome {
    Taken,
    /// It may go better later; so long the server asks to wait.
    Later(String, Option<Duration>),
    Refused(String),
}

impl Courier {
    fn run(&self, messages: &Receiver<Message>) {
        for message in messages {
            let is_delivered = self.deliver(&message);
            self.note(|state| *if is_delivered { &mut state.delivered } else { &mut state.failed } += 1);
        }
    }

    fn deliver(&self, message: &Message) -> bool {
        let mut wait = self.options.first_wait;
        for attempt in 1..=self.options.attempts.max(1) {
            let outcome = self.attempt(message);
            self.note(|state| state.attempts += 1);
            let asked = match outcome {
                Outcome::Taken => return true,
                Outcome::Refused(why) => {
                    self.note(|state| state.last_error = Some(why));
                    return false;
                }
                Outcome::Later(why, asked) => {
                    self.note(|state| state.last_error = Some(why));
                    asked
                }
            };
            if attempt < self.options.attempts {
                let longest = self.options.longest_wait;
                thread::sleep(asked.unwrap_or_else(|| jittered(wait)).min(longest));
                wait = wait.saturating_mul(2).min(longest);
            }
        }
        false
    }

    fn attempt(&self, message: &Message) -> Outcome {
        let mut request = self.agent.post(&self.options.url);
        request = request.header("Content-Type", "application/json");
        request = request.header("Idempotency-Key", message.key.to_string());
        for (name, value) in &self.options.headers {
            request = request.header(name, value);
        }
        let response = match request.send(message.body.as_str()) {
            Ok(response) => response,
            Err(error) => return failure(&error),
        };
        let status = response.status();
        let why = || format!("status {}", status.as_u16());
        match status.as_u16() {
            200..=299 => Outcome::Taken,
            408 | 425 | 429 | 500..=599 => {
                let asked =
                    response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
                Outcome::Later(why(), asked.map(Duration::from_secs))
            }
            _ => Outcome::Refused(why()),
        }
    }

    fn note(&self, change: impl FnOnce(&mut Delivery)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What the library says holds the URL in some cases, so it is said in words of our own.
fn failure(error: &HttpError) -> Outcome {
    match error {
        HttpError::Timeout(_) => Outcome::Later("no answer in time".to_owned(), None),
        HttpError::HostNotFound => Outcome::Later("host not found".to_owned(), None),
        HttpError::ConnectionFailed => Outcome::Later("no connection".to_owned(), None),
        HttpError::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            Outcome::Later("no answer in time".to_owned(), None)
        }
        HttpError::Io(error) => Outcome::Later(error.to_string(), None),
        HttpError::Protocol(_) => Outcome::Later("an answer that is not HTTP".to_owned(), None),
        HttpError::Tls(_) | HttpError::Rustls(_) => {
            Outcome::Refused("TLS: the server is not who it should be".to_owned())
        }
        HttpError::BadUri(_) | HttpError::Http(_) => Outcome::Refused("the request cannot be made".to_owned()),
        _ => Outcome::Later("the request failed".to_owned(), None),
    }
}

/// A wait between half and all of this, so that many who failed together do not come again together.
fn jittered(wait: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    let half = wait / 2;
    let nanoseconds = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
    half + Duration::from_nanos(random.checked_rem(nanoseconds).unwrap_or(0))
}

#[cfg(test)]
mod tests;
