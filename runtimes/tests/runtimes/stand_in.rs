//! Servers on unix sockets in a temporary directory: whole ones (hyper), and ones that do anything with the connection.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use runtimes::{Endpoint, Kind, Limits, Runtimes};

/// A server that ends when it is dropped.
pub(crate) struct StandIn {
    directory: tempfile::TempDir,
    connections: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl StandIn {
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("a.sock")
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn runtimes(&self, kind: Kind) -> Runtimes {
        self.within(kind, Limits::default())
    }

    pub(crate) fn within(&self, kind: Kind, limits: Limits) -> Runtimes {
        Runtimes::new(vec![Endpoint::new(kind, self.path())], limits)
    }

    /// Hands every connection to `handle` on a thread of its own.
    pub(crate) fn raw(handle: impl Fn(UnixStream) + Send + Sync + 'static) -> Self {
        let stand_in =
            StandIn { directory: tempfile::tempdir().unwrap(), connections: Arc::default(), stop: Arc::default() };
        let listener = UnixListener::bind(stand_in.path()).unwrap();
        let (connections, stop, handle) = (stand_in.connections.clone(), stand_in.stop.clone(), Arc::new(handle));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                connections.fetch_add(1, Ordering::SeqCst);
                // No stand-in outlives a test by more than this.
                stream.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                let handle = handle.clone();
                std::thread::spawn(move || handle(stream));
            }
        });
        stand_in
    }

    /// HTTP/1.1; `answer` gets the target.
    pub(crate) fn http(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        Self::raw(move |stream| {
            let answer = answer.clone();
            blocking(async move {
                let service = service_fn(|request: Request<Incoming>| {
                    let reply = answer(request.uri().path_and_query().map_or("", |target| target.as_str()));
                    async move { Ok::<_, Infallible>(reply.response()) }
                });
                let _ = hyper::server::conn::http1::Builder::new().serve_connection(io(stream), service).await;
            });
        })
    }

    /// gRPC; `answer` gets the method's whole path and the message.
    pub(crate) fn grpc(answer: impl Fn(&str, &[u8]) -> Called + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        Self::raw(move |stream| {
            let answer = answer.clone();
            blocking(async move {
                let service = service_fn(move |request: Request<Incoming>| {
                    let answer = answer.clone();
                    async move {
                        assert_eq!(request.headers()["content-type"], "application/grpc");
                        assert_eq!(request.headers()["te"], "trailers");
                        let method = request.uri().path().to_owned();
                        let body = request.into_body().collect().await.unwrap().to_bytes();
                        let length = u32::from_be_bytes(body[1..5].try_into().unwrap()) as usize;
                        assert_eq!((body[0], length), (0, body.len() - 5));
                        Ok::<_, Infallible>(answer(&method, &body[5..]).response())
                    }
                });
                let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                let _ = server.serve_connection(io(stream), service).await;
            });
        })
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = UnixStream::connect(self.path());
    }
}

fn blocking(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _ = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(10), future).await });
}

fn io(stream: UnixStream) -> TokioIo<tokio::net::UnixStream> {
    stream.set_nonblocking(true).unwrap();
    TokioIo::new(tokio::net::UnixStream::from_std(stream).unwrap())
}

/// An answer of HTTP/1.1.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    pub(crate) chunked: bool,
}

impl Reply {
    pub(crate) fn json(body: impl Into<String>) -> Self {
        Reply { status: 200, content_type: "application/json", body: body.into().into_bytes(), chunked: false }
    }

    pub(crate) fn chunked(self) -> Self {
        Reply { chunked: true, ..self }
    }

    pub(crate) fn missing() -> Self {
        Reply { status: 404, ..Reply::json(r#"{"message":"no such container"}"#) }
    }

    fn response(self) -> Response<Frames> {
        let frames = self.body.chunks(7777).map(|chunk| Frame::data(Bytes::copy_from_slice(chunk))).collect();
        let length = (!self.chunked).then_some(self.body.len() as u64);
        let response = Response::builder().status(self.status).header("content-type", self.content_type);
        response.body(Frames { frames, length }).unwrap()
    }
}

/// An answer of gRPC.
pub(crate) struct Called {
    pub(crate) content_type: &'static str,
    pub(crate) prefix: Vec<u8>,
    pub(crate) message: Vec<u8>,
    pub(crate) status: Option<&'static str>,
}

impl Called {
    pub(crate) fn message(message: impl prost::Message) -> Self {
        Called::bytes(message.encode_to_vec())
    }

    pub(crate) fn bytes(message: Vec<u8>) -> Self {
        let prefix = [&[0][..], &(message.len() as u32).to_be_bytes()].concat();
        Called { content_type: "application/grpc", prefix, message, status: Some("0") }
    }

    pub(crate) fn failed(status: &'static str) -> Self {
        Called { content_type: "application/grpc", prefix: Vec::new(), message: Vec::new(), status: Some(status) }
    }

    fn response(self) -> Response<Frames> {
        let mut trailers = HeaderMap::new();
        if let Some(status) = self.status {
            trailers.insert("grpc-status", status.parse().unwrap());
            trailers.insert("grpc-message", "words".parse().unwrap());
        }
        let mut frames = VecDeque::from([Frame::data(Bytes::from(self.prefix))]);
        frames.extend(self.message.chunks(7777).map(|chunk| Frame::data(Bytes::copy_from_slice(chunk))));
        frames.push_back(Frame::trailers(trailers));
        Response::builder().header("content-type", self.content_type).body(Frames { frames, length: None }).unwrap()
    }
}

/// A body in pieces; without a length it goes out chunked.
struct Frames {
    frames: VecDeque<Frame<Bytes>>,
    length: Option<u64>,
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.frames.pop_front().map(Ok))
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
