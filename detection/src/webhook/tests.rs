//! A server on loopback that takes, refuses, fails or hangs, by a list of answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Delivery, Options, Webhook, jittered, shown};

/// What the server does with a request.
#[derive(Clone, Copy)]
enum Answer {
    Status(u16, &'static str),
    Hang,
    Close,
}

/// A request as it came: headers in small letters, and the body.
fn request(stream: &TcpStream) -> Option<(String, String)> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
        head.push_str(&line);
        head.push('\n');
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).unwrap()))
}

/// Answers requests with the list, the last one for ever; gives the URL and what came.
fn server(answers: &'static [Answer]) -> (String, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://user:secret@{}/hook/token", listener.local_addr().unwrap());
    let (sender, received) = channel();
    thread::spawn(move || {
        let mut hanging = Vec::new();
        let mut answers = answers.iter().copied().cycle();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(told) = request(&stream) else { continue };
            let _ = sender.send(told);
            match answers.next().unwrap() {
                Answer::Status(status, headers) => {
                    let _ = write!(
                        stream,
                        "HTTP/1.1 {status} X\r\nConnection: close\r\n{headers}Content-Length: 0\r\n\r\n"
                    );
                }
                Answer::Hang => hanging.push(stream),
                Answer::Close => {}
            }
        }
    });
    (url, received)
}

fn options(url: String) -> Options {
    Options {
        url,
        attempt: Duration::from_millis(300),
        attempts: 3,
        first_wait: Duration::from_millis(10),
        longest_wait: Duration::from_millis(50),
        patience: Duration::from_secs(20),
        ..Options::default()
    }
}

fn sent(options: Options, findings: i64) -> Delivery {
    let mut webhook = Webhook::start(options).unwrap();
    for key in 0..findings {
        webhook.send(key, format!("{{\"n\":{key}}}"));
    }
    webhook.finish()
}

#[test]
fn a_finding_arrives_as_json() {
    let (url, received) = server(&[Answer::Status(204, "")]);
    let mut options = options(url);
    options.headers.push(("X-Team".to_owned(), "blue".to_owned()));
    let delivery = sent(options, 2);
    assert_eq!((delivery.delivered, delivery.undelivered(), delivery.attempts), (2, 0, 2));
    let (head, body) = received.recv().unwrap();
    assert!(head.starts_with("post /hook/token http/1.1\n"), "{head}");
    for header in ["content-type: application/json", "x-team: blue", "idempotency-key: 0", "user-agent: tracee/"] {
        assert!(head.contains(header), "{head}");
    }
    assert_eq!(body, "{\"n\":0}");
}

#[test]
fn a_server_that_recovers_gets_everything() {
    let (url, received) = server(&[Answer::Status(503, "Retry-After: 0\r\n"), Answer::Close, Answer::Status(200, "")]);
    let delivery = sent(options(url), 2);
    assert_eq!((delivery.delivered, delivery.undelivered(), delivery.attempts), (2, 0, 6));
    let bodies: Vec<String> = received.try_iter().map(|(_, body)| body).collect();
    assert_eq!(bodies, ["{\"n\":0}", "{\"n\":0}", "{\"n\":0}", "{\"n\":1}", "{\"n\":1}", "{\"n\":1}"]);
}

#[test]
fn what_the_server_refuses_is_not_sent_again() {
    for answers in [&[Answer::Status(404, "")][..], &[Answer::Status(302, "Location: http://127.0.0.1:1/\r\n")]] {
        let (url, _received) = server(answers);
        let delivery = sent(options(url), 2);
        assert_eq!((delivery.delivered, delivery.failed, delivery.attempts), (0, 2, 2));
        assert!(delivery.last_error.unwrap().starts_with("status "));
    }
}

#[test]
fn a_server_that_hangs_holds_nobody_up_and_nothing_is_lost_silently() {
    let (url, _received) = server(&[Answer::Hang]);
    let options = Options { queue: 2, patience: Duration::from_millis(500), ..options(url) };
    let began = Instant::now();
    let mut webhook = Webhook::start(options).unwrap();
    let taken = (0..1000).filter(|key| webhook.send(*key, String::new())).count() as u64;
    assert!(began.elapsed() < Duration::from_millis(250), "{:?}", began.elapsed());
    let delivery = webhook.finish();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!((2..=4).contains(&taken));
    assert_eq!((delivery.delivered, delivery.dropped), (0, 1000 - taken));
    assert_eq!(delivery.undelivered(), 1000);
    assert_eq!(delivery.last_error.as_deref(), Some("no answer in time"));
}

#[test]
fn nobody_there_is_said_without_the_url() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    drop(listener);
    let delivery = sent(options(url), 1);
    assert_eq!((delivery.failed, delivery.attempts), (1, 3));
    assert!(!delivery.last_error.unwrap().contains("token"));
}

#[test]
fn what_cannot_be_a_webhook_is_refused_at_once() {
    let refused = |options: Options| Webhook::start(options).err().unwrap();
    for url in ["", "x", "ftp://a/", "http://", "file:///etc/passwd", "https:"] {
        assert!(refused(options(url.to_owned())).contains("URL of the webhook"), "{url}");
    }
    let mut options = options("http://127.0.0.1/".to_owned());
    options.headers.push(("X".to_owned(), "a\r\nb: c".to_owned()));
    assert!(refused(options).contains("header \"X\""));
    let options = Options { authorities: Some(b"x".to_vec()), ..self::options("https://127.0.0.1/".to_owned()) };
    assert!(refused(options).contains("no certificate"));
}

#[test]
fn secrets_are_not_shown() {
    assert_eq!(shown("https://u:p@hooks.example:8443/services/T0/B1?token=x"), "https://hooks.example:8443");
}

#[test]
fn waits_differ_and_stay_in_bounds() {
    let wait = Duration::from_millis(100);
    let waits: Vec<Duration> = (0..50).map(|_| jittered(wait)).collect();
    assert!(waits.iter().all(|other| (wait / 2..=wait).contains(other)));
    assert!(waits.iter().any(|other| *other != waits[0]));
    assert_eq!(jittered(Duration::ZERO), Duration::ZERO);
}
