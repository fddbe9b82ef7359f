//! Requests over a unix socket, HTTP/1.1 and HTTP/2, with a bound on every answer. Time is bounded by the caller.

use std::path::{Path, PathBuf};

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue, TE};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::UnixStream;

use crate::warning::Failed;

/// Bytes of headers that one answer may have.
const MAX_HEADER_BYTES: u32 = 64 << 10;
/// Bytes that HTTP/2 may have sent and nobody read yet.
const WINDOW_BYTES: u32 = 256 << 10;

/// A whole answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) trailers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Whether its content is said to be of that type, parameters aside.
    pub(crate) fn is(&self, content_type: &str) -> bool {
        let told = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        told.and_then(|told| told.split(';').next()).is_some_and(|told| told.trim() == content_type)
    }

    /// The content type as it was told, for a warning.
    pub(crate) fn content_type(&self) -> &str {
        self.headers.get(CONTENT_TYPE).map_or("no content type", |value| value.to_str().unwrap_or("no text"))
    }
}

async fn connect(path: &Path) -> Result<TokioIo<UnixStream>, Failed> {
    UnixStream::connect(path).await.map(TokioIo::new).map_err(|error| match error.kind() {
        std::io::ErrorKind::ConnectionRefused => Failed::unreachable("nobody listens there, or it is no socket"),
        std::io::ErrorKind::WouldBlock => Failed::unreachable("it takes no further connection"),
        _ => Failed::unreachable(error),
    })
}

fn broken(error: hyper::Error) -> Failed {
    // The outer error says only that something failed; what it was is in its source.
    let cause = std::error::Error::source(&error).map_or(String::new(), |cause| format!(": {cause}"));
    if error.is_parse() {
        Failed::not_understood(format_args!("{error}{cause}"))
    } else {
        Failed::unreachable(format_args!("{error}{cause}"))
    }
}

async fn whole(response: Response<Incoming>, limit_bytes: usize) -> Result<Reply, Failed> {
    let (head, mut incoming) = response.into_parts();
    if incoming.size_hint().lower() > limit_bytes as u64 {
        return Err(Failed::too_large(limit_bytes));
    }
    let mut reply = Reply { status: head.status, headers: head.headers, trailers: HeaderMap::new(), body: Vec::new() };
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(broken)?;
        match frame.into_data() {
            Ok(data) if reply.body.len() + data.len() > limit_bytes => return Err(Failed::too_large(limit_bytes)),
            Ok(data) => reply.body.extend_from_slice(&data),
            Err(frame) => reply.trailers = frame.into_trailers().unwrap_or_default(),
        }
    }
    Ok(reply)
}

/// A client for HTTP/1.1 that keeps its connection as long as the server does.
pub(crate) struct Http1 {
    path: PathBuf,
    limit_bytes: usize,
    sender: Option<http1::SendRequest<Full<Bytes>>>,
}

impl Http1 {
    pub(crate) fn new(path: &Path, limit_bytes: usize) -> Self {
        Http1 { path: path.to_owned(), limit_bytes, sender: None }
    }

    pub(crate) async fn get(&mut self, target: &str) -> Result<Reply, Failed> {
        if let Some(sender) = &mut self.sender
            && sender.ready().await.is_err()
        {
            self.sender = None;
        }
        let sender = match &mut self.sender {
            Some(sender) => sender,
            None => {
                let stream = connect(&self.path).await?;
                let (sender, connection) = http1::Builder::new()
                    .max_buf_size(MAX_HEADER_BYTES as usize)
                    .handshake(stream)
                    .await
                    .map_err(broken)?;
                tokio::spawn(connection);
                self.sender.insert(sender)
            }
        };
        let request =
            Request::get(target).header(HOST, "localhost").body(Full::default()).map_err(Failed::not_understood)?;
        let response = sender.send_request(request).await.map_err(broken)?;
        whole(response, self.limit_bytes).await
    }
}

/// A client for HTTP/2.
pub(crate) struct Http2 {
    limit_bytes: usize,
    sender: http2::SendRequest<Full<Bytes>>,
}

impl Http2 {
    pub(crate) async fn connect(path: &Path, limit_bytes: usize) -> Result<Self, Failed> {
        let stream = connect(path).await?;
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .initial_stream_window_size(WINDOW_BYTES)
            .initial_connection_window_size(WINDOW_BYTES)
            .max_header_list_size(MAX_HEADER_BYTES)
            .handshake(stream)
            .await
            .map_err(broken)?;
        tokio::spawn(connection);
        Ok(Http2 { limit_bytes, sender })
    }

    pub(crate) async fn post(
        &mut self,
        target: &str,
        content_type: &'static str,
        body: Vec<u8>,
    ) -> Result<Reply, Failed> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("http://localhost{target}"))
            .header(CONTENT_TYPE, HeaderValue::from_static(content_type))
            .header(TE, HeaderValue::from_static("trailers"))
            .body(Full::new(Bytes::from(body)))
            .map_err(Failed::not_understood)?;
        self.sender.ready().await.map_err(broken)?;
        let response = self.sender.send_request(request).await.map_err(broken)?;
        whole(response, self.limit_bytes).await
    }
}
