//! A server for webhooks on loopback, which answers by a list.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What it does with a request; the list begins anew at its end.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Status(u16),
    Hang,
}

pub(crate) struct Server {
    pub(crate) url: String,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn new(answers: &'static [Answer]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bodies);
        thread::spawn(move || {
            let mut hanging = Vec::new();
            let mut answers = answers.iter().cycle();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(body) = body(&stream) else { continue };
                kept.lock().unwrap().push(body);
                match answers.next().unwrap() {
                    Answer::Status(status) => {
                        let _ = write!(stream, "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                    }
                    Answer::Hang => hanging.push(stream),
                }
            }
        });
        Server { url, bodies }
    }

    /// What came so far.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }
}

fn body(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}
