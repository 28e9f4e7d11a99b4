//! The API as its users reach it: over HTTP, on a port of this machine.

use crate::world::{House, PASSWORD, World};
use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use service::users::{self, Membership, NewUser};
use uuid::Uuid;

/// A running API.
pub struct Api {
    base: String,
    client: reqwest::Client,
    server: ServerHandle,
}

/// What a request sends.
#[derive(Clone, Default)]
pub struct Request<'a> {
    pub token: Option<&'a str>,
    pub headers: Vec<(&'a str, String)>,
    pub body: Option<(&'a str, String)>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub text: String,
    pub body: Value,
}

/// Somebody with an account at the API.
pub struct Person {
    pub id: String,
    pub email: String,
    pub access: String,
    pub refresh: String,
}

impl Drop for Api {
    fn drop(&mut self) {
        let stopping = self.server.stop(false);
        tokio::spawn(stopping);
    }
}

impl Api {
    /// Serves this world's application without limits on the rate.
    pub async fn of(world: &World) -> Self {
        Self::with(world, api::limit::Quotas::generous()).await
    }

    /// Serves it with these limits on the rate.
    pub async fn with(world: &World, quotas: api::limit::Quotas) -> Self {
        let settings = api::Settings { quotas, ..api::Settings::default() };
        let configure = api::configure(world.app.clone(), settings).expect("an API");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let server = HttpServer::new(move || App::new().configure(configure.clone()))
            .workers(1)
            .disable_signals()
            .listen(listener)
            .expect("a listener")
            .run();
        let handle = server.handle();
        tokio::spawn(server);
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { base, client: reqwest::Client::new(), server: handle }
    }

    /// Sends a request.
    pub async fn send(&self, method: Method, path: &str, request: Request<'_>) -> Reply {
        let mut sending = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = request.token {
            sending = sending.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in request.headers {
            sending = sending.header(name, value);
        }
        if let Some((media, text)) = request.body {
            sending = sending.header("Content-Type", media).body(text);
        }
        let answer = sending.send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = answer.bytes().await.expect("a body").to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Reply { status, headers, bytes, text, body }
    }

    /// Reads.
    pub async fn get(&self, path: &str, token: &str) -> Reply {
        self.send(Method::GET, path, Request { token: Some(token), ..Request::default() }).await
    }

    /// Posts JSON.
    pub async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Reply {
        let body = Some(("application/json", body.to_string()));
        self.send(Method::POST, path, Request { token, body, ..Request::default() }).await
    }

    /// Changes the version that was read.
    pub async fn patch(&self, path: &str, token: &str, version: i64, body: Value) -> Reply {
        let request = Request {
            token: Some(token),
            headers: vec![("If-Match", format!("\"{version}\""))],
            body: Some(("application/merge-patch+json", body.to_string())),
        };
        self.send(Method::PATCH, path, request).await
    }

    /// Signs in.
    pub async fn sign_in(&self, slug: &str, email: &str, password: &str) -> Reply {
        let body = json!({ "agency": slug, "email": email, "password": password });
        self.post("/v1/tokens", None, body).await
    }

    /// The agency's administrator, signed in.
    pub async fn admin(&self, house: &House) -> Person {
        let id = house.admin.user().expect("a person").to_string();
        self.person(house, id, "admin@agency.example".to_owned()).await
    }

    /// A new user who accepted the invitation and signed in.
    pub async fn join(&self, world: &World, house: &House, membership: Membership) -> Person {
        self.join_as(world, house, "Robin Reyes", membership).await
    }

    /// The same by this name.
    pub async fn join_as(
        &self,
        world: &World,
        house: &House,
        name: &str,
        membership: Membership,
    ) -> Person {
        let email = format!("{}@people.example", Uuid::now_v7().simple());
        let new = NewUser { email: email.clone(), name: name.to_owned(), membership };
        let invited = users::invite(&world.app, &house.admin, new).await.expect("invited");
        users::accept(&world.app, &invited.token, PASSWORD).await.expect("accepted");
        self.person(house, invited.user.to_string(), email).await
    }

    async fn person(&self, house: &House, id: String, email: String) -> Person {
        let reply = self.sign_in(&house.slug, &email, PASSWORD).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let text = |name: &str| reply.body[name].as_str().expect("a token").to_owned();
        Person { id, email, access: text("access_token"), refresh: text("refresh_token") }
    }
}

impl Reply {
    /// The stable code of a problem; its form is checked on the way.
    pub fn code(&self) -> &str {
        let media = self.headers.get("content-type").and_then(|value| value.to_str().ok());
        assert_eq!(media, Some("application/problem+json"), "{}", self.text);
        assert_eq!(self.body["status"], self.status, "{}", self.text);
        let request_id = self.headers.get("x-request-id").expect("a request id");
        assert_eq!(self.body["request_id"], request_id.to_str().expect("text"));
        self.body["code"].as_str().expect("a code")
    }

    /// The body without what differs from request to request.
    pub fn alike(&self) -> Value {
        let mut body = self.body.clone();
        if let Some(members) = body.as_object_mut() {
            members.remove("request_id");
            members.remove("instance");
        }
        body
    }
}
