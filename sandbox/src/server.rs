//! The listener: takes requests in, injects the faults that are set, answers.

use std::{
    net::{Shutdown, SocketAddr},
    os::fd::AsFd as _,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::{StatusCode, header::HeaderMap},
    rt::net::TcpStream,
    web::{self, Bytes, Data},
};
use tokio::task::JoinHandle;

use crate::{
    clock::{Calendar, Clock},
    control, hosted, keep, mailbox, routes, till,
    webhooks::{PostOffice, SigningTime, courier},
    wire::{
        failure::Failure,
        request::{Answer, Request},
    },
    world::State,
};

/// How often tasks and deliveries are looked after.
const TICK: Duration = Duration::from_millis(50);
/// Ticks between two writes of the kept state.
const WRITE_EVERY: u64 = 10;
/// Largest request body, bytes.
const BODY_LIMIT: usize = 1024 * 1024;

/// How to start a sandbox.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; loopback only. Port 0 picks a free one.
    pub bind: SocketAddr,
    /// Directory of `.eml` files for `/_mailbox`; no mailbox when absent.
    pub mail_dir: Option<PathBuf>,
    /// File that keeps the state from one start to the next; nothing is kept when absent.
    pub keep: Option<PathBuf>,
    /// Where time comes from.
    pub clock: Clock,
    /// Which time stands in webhook signatures.
    pub signing: SigningTime,
    /// Address browsers reach the sandbox by, when it is not the bound one; no slash at the end.
    pub public_url: Option<String>,
    /// Seconds on the simulated clock until a bank answers a debit; four days by default.
    pub debit_seconds: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            mail_dir: None,
            keep: None,
            clock: Clock::Real,
            signing: SigningTime::Wall,
            public_url: None,
            debit_seconds: 4 * till::DAY,
        }
    }
}

/// Why a sandbox did not start.
#[derive(Debug)]
pub enum StartError {
    /// The address is not a loopback address; the sandbox has no protection and is never exposed.
    NotLoopback(SocketAddr),
    /// The address could not be bound.
    Bind(std::io::Error),
    /// The kept state cannot be read; delete the file to start empty.
    Kept(PathBuf, String),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotLoopback(address) => {
                write!(out, "the sandbox listens on loopback only, not on {address}")
            }
            Self::Kept(path, error) => {
                write!(out, "the sandbox cannot read its state in {}: {error}", path.display())
            }
            Self::Bind(error) => write!(out, "the sandbox could not listen: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

/// The state of one sandbox, shared by its requests and its background task.
#[derive(Clone)]
pub(crate) struct Shared {
    state: Arc<Mutex<State>>,
    pub(crate) mail_dir: Option<PathBuf>,
    pub(crate) keep: Option<PathBuf>,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running sandbox. Dropping the handle leaves it running; call [`Handle::stop`].
pub struct Handle {
    base_url: String,
    address: SocketAddr,
    server: actix_web::dev::ServerHandle,
    tasks: Vec<JoinHandle<()>>,
    shared: Shared,
}

impl Handle {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The bound address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening and writes the kept state, if any, a last time.
    pub async fn stop(self) {
        self.server.stop(false).await;
        for task in self.tasks {
            task.abort();
        }
        keep::write(&self.shared).await;
    }

    /// Runs until the server ends by itself.
    pub async fn join(self) {
        for task in self.tasks.into_iter().take(1) {
            drop(task.await);
        }
    }
}

/// Starts a sandbox inside this process. Needs a tokio runtime; several may run at once.
///
/// # Errors
/// When the address is not loopback or is taken.
pub fn start(options: Options) -> Result<Handle, StartError> {
    if !options.bind.ip().is_loopback() {
        return Err(StartError::NotLoopback(options.bind));
    }
    let listener = std::net::TcpListener::bind(options.bind).map_err(StartError::Bind)?;
    let address = listener.local_addr().map_err(StartError::Bind)?;
    let base_url = options.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let mut state = State {
        base_url: base_url.clone(),
        debit_seconds: options.debit_seconds,
        calendar: Calendar::new(options.clock),
        worlds: std::collections::BTreeMap::new(),
        sessions: std::collections::HashMap::new(),
        post: PostOffice::new(options.signing),
        faults: crate::faults::Faults::default(),
        journal: control::Journal::default(),
        changed: false,
    };
    if let Some(path) = &options.keep {
        keep::read(&mut state, path).map_err(|error| StartError::Kept(path.clone(), error))?;
    }
    let shared = Shared {
        state: Arc::new(Mutex::new(state)),
        mail_dir: options.mail_dir,
        keep: options.keep,
    };
    let data = shared.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::new(data.clone()))
            .app_data(web::PayloadConfig::new(BODY_LIMIT))
            .default_service(web::to(enter))
    })
    .on_connect(|connection, extensions| {
        let stream = connection.downcast_ref::<TcpStream>();
        let copy = stream.and_then(|stream| stream.as_fd().try_clone_to_owned().ok());
        if let Some(copy) = copy {
            extensions.insert(Arc::new(std::net::TcpStream::from(copy)));
        }
    })
    .workers(1)
    // Longer than clients keep idle connections: none is closed under a request by chance.
    .keep_alive(Duration::from_secs(180))
    .disable_signals()
    .shutdown_timeout(1)
    .listen(listener)
    .map_err(StartError::Bind)?
    .run();
    let handle = server.handle();
    let serving = tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the sandbox ended");
        }
    });
    let ticking = tokio::spawn(tick(shared.clone()));
    Ok(Handle { base_url, address, server: handle, tasks: vec![serving, ticking], shared })
}

/// Runs due tasks and deliveries for ever.
async fn tick(shared: Shared) {
    for round in 1_u64.. {
        tokio::time::sleep(TICK).await;
        shared.lock().run_due();
        courier::deliver(&shared, false).await;
        if round.checked_rem(WRITE_EVERY) == Some(0) {
            keep::write(&shared).await;
        }
    }
}

async fn enter(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    let connection = request.conn_data::<Arc<std::net::TcpStream>>().cloned();
    let shared = shared.get_ref().clone();
    let request = read(&request, &body);
    // Work goes on when the client hangs up, as it does at Stripe.
    let work = tokio::spawn(async move { serve(&shared, &request).await });
    let sent = work.await.unwrap_or_else(|_| {
        Sent::Whole(Failure::api("The sandbox failed; its log tells why.").answer())
    });
    match sent {
        Sent::Whole(answer) => respond(&answer),
        Sent::Nothing => {
            if let Some(connection) = connection {
                drop(connection.shutdown(Shutdown::Both));
            }
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// What reaches the client.
enum Sent {
    Whole(Answer),
    /// The connection closes without a byte.
    Nothing,
}

async fn serve(shared: &Shared, request: &Request) -> Sent {
    let room = request.segments().first().map(|first| (*first).to_owned()).unwrap_or_default();
    let sent = match room.as_str() {
        "v1" => api(shared, request).await,
        "_sim" => Sent::Whole(control::serve(shared, request).await),
        "_mailbox" | "_mailbox.json" => Sent::Whole(mailbox::serve(shared, request)),
        _ => {
            let mut state = shared.lock();
            state.run_due();
            Sent::Whole(hosted::serve(&mut state, request))
        }
    };
    if request.method != "GET" {
        shared.lock().changed = true;
    }
    sent
}

async fn api(shared: &Shared, request: &Request) -> Sent {
    use crate::faults::FaultKind::{
        BadGateway, Error500, LostResponse, RateLimited, Slow, Stored500, TimeoutBefore,
        TruncatedJson,
    };
    let fault = {
        let mut state = shared.lock();
        state.run_due();
        state.faults.strike(request)
    };
    let kind = fault.as_ref().map(|fault| fault.kind);
    let millis = fault.as_ref().and_then(|fault| fault.millis);
    let refused = match kind {
        Some(TimeoutBefore) => {
            shared.lock().note(request, 0, kind, None);
            tokio::time::sleep(Duration::from_millis(millis.unwrap_or(30_000))).await;
            return Sent::Nothing;
        }
        Some(Error500) => Some(Failure::api("The sandbox was told to fail.").answer()),
        Some(RateLimited) => {
            let seconds = fault.as_ref().and_then(|fault| fault.retry_after).unwrap_or(1);
            Some(Failure::rate_limited().answer().header("retry-after", seconds.to_string()))
        }
        Some(LostResponse | Stored500 | TruncatedJson | BadGateway | Slow) | None => None,
    };
    if let Some(answer) = refused {
        let answer = answer.header("request-id", till::request_id());
        shared.lock().note(request, answer.status, kind, None);
        return Sent::Whole(answer);
    }
    let begun = routes::begin(&mut shared.lock(), request);
    if kind == Some(Slow) {
        tokio::time::sleep(Duration::from_millis(millis.unwrap_or(1_000))).await;
    }
    let mut answer = {
        let mut state = shared.lock();
        let answer = routes::finish(&mut state, request, begun, kind == Some(Stored500));
        state.note(request, answer.status, kind, Some(&answer));
        answer
    };
    match kind {
        Some(LostResponse) => return Sent::Nothing,
        Some(TruncatedJson) => {
            let half = answer.body.len().div_euclid(2);
            let cut = answer.body.char_indices().map(|(at, _)| at).find(|at| *at >= half);
            answer.body.truncate(cut.unwrap_or(0));
        }
        Some(BadGateway) => {
            answer = Answer::html(502, "<html><h1>502 Bad Gateway</h1></html>".to_owned());
        }
        Some(TimeoutBefore | Error500 | RateLimited | Stored500 | Slow) | None => {}
    }
    Sent::Whole(answer)
}

fn read(request: &HttpRequest, body: &Bytes) -> Request {
    let header = |name: &str| text(request.headers(), name);
    Request {
        method: request.method().as_str().to_owned(),
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        body: String::from_utf8_lossy(body).into_owned(),
        authorization: header("authorization"),
        account: header("stripe-account"),
        idempotency_key: header("idempotency-key"),
        api_version: header("stripe-version"),
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn respond(answer: &Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in &answer.headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    response.body(answer.body.clone())
}
