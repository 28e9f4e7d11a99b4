//! The answers that follow from what an operation is: who may call it, what it takes, what it does.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterIn};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::security::{
    Http, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, ContentBuilder, KnownFormat, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type,
};

use crate::idempotency;
use crate::problem::MEDIA_TYPE;

struct Known {
    status: &'static str,
    name: &'static str,
    description: &'static str,
}

const KNOWN: [Known; 13] = [
    known("400", "BadRequest", "The request cannot be read: syntax, parameters or headers."),
    known("401", "Unauthenticated", "No valid access token or API key."),
    known("403", "Forbidden", "Known, and not allowed to do this."),
    known("404", "NotFound", "Unknown, or another's: the answer is the same."),
    known("409", "Conflict", "Not in this state of things."),
    known("412", "PreconditionFailed", "Somebody changed it meanwhile."),
    known("413", "BodyTooLarge", "The body is too large."),
    known("415", "UnsupportedMediaType", "The body is of another media type."),
    known("422", "Unprocessable", "Well-formed, but a value does not do; `errors` says which."),
    known("428", "PreconditionRequired", "`If-Match` is missing."),
    known("429", "TooManyRequests", "Too many requests; wait as long as `Retry-After` says."),
    known("500", "InternalError", "Something went wrong on our side."),
    known("503", "Unavailable", "Not just now; try again as `Retry-After` says."),
];

const fn known(status: &'static str, name: &'static str, description: &'static str) -> Known {
    Known { status, name, description }
}

/// The shared headers, answers and security schemes.
pub fn declare(components: &mut Components) {
    for (name, header) in shared_headers() {
        components.headers.insert(name.to_owned(), RefOr::T(header));
    }
    for known in &KNOWN {
        components.responses.insert(known.name.to_owned(), RefOr::T(problem(known)));
    }
    let token = |text: &str| {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(text));
        let scheme: Http = scheme.bearer_format("JWT").build();
        SecurityScheme::Http(scheme)
    };
    components.add_security_scheme(
        super::BEARER,
        token(
            "A person's access token (10 minutes; checked as RFC8725 asks) or a program's API key.",
        ),
    );
    components.add_security_scheme(
        super::PLATFORM,
        token("The access token of the platform's administrator, checked as RFC8725 asks."),
    );
}

/// Adds the answers that the operation can give besides its own.
pub fn add(method: &HttpMethod, operation: &mut Operation) {
    let open = SecurityRequirement::default();
    let secured = operation.security.iter().flatten().any(|requirement| *requirement != open);
    let takes_id =
        has(operation, |p| p.parameter_in == ParameterIn::Path || p.name.ends_with("_id"));
    let needs_version = has(operation, |p| p.name == "If-Match");
    let needs_key = has(operation, |p| p.name == idempotency::HEADER);
    let has_body = operation.request_body.is_some();
    let writes = *method != HttpMethod::Get;
    // A day, a level or a check may be well written and still not do.
    let judges = has(operation, |p| {
        p.parameter_in == ParameterIn::Query && (is_day(p) || matches!(&*p.name, "level" | "check"))
    });
    let mut statuses = vec!["400", "429", "500", "503"];
    if secured {
        statuses.extend(["401", "403"]);
    }
    if takes_id {
        statuses.push("404");
    }
    if writes {
        // A stranger's write carries a secret, which may be wrong.
        statuses.extend(["401", "409", "422"]);
    }
    if judges {
        statuses.push("422");
    }
    if has_body {
        statuses.extend(["413", "415"]);
    }
    if needs_version {
        statuses.extend(["412", "428"]);
    }
    let responses = &mut operation.responses.responses;
    for known in KNOWN.iter().filter(|known| statuses.contains(&known.status)) {
        responses
            .entry(known.status.to_owned())
            .or_insert_with(|| RefOr::Ref(Ref::from_response_name(known.name)));
    }
    let versioned = responses.get("200").is_some_and(carries_version);
    if *method == HttpMethod::Get && versioned {
        let unchanged = ResponseBuilder::new().description("Unchanged since `If-None-Match`.");
        responses.entry("304".to_owned()).or_insert_with(|| RefOr::T(unchanged.build()));
    }
    for (status, response) in responses.iter_mut() {
        let RefOr::T(response) = response else { continue };
        dress(response);
        if needs_key && status.starts_with('2') {
            response.headers.insert(
                "Idempotent-Replayed".to_owned(),
                RefOr::Ref(Ref::new("#/components/headers/Idempotent-Replayed")),
            );
        }
    }
}

fn is_day(parameter: &Parameter) -> bool {
    let day = SchemaFormat::KnownFormat(KnownFormat::Date);
    matches!(&parameter.schema, Some(RefOr::T(Schema::Object(object))) if object.format.as_ref() == Some(&day))
}

fn has(operation: &Operation, wanted: impl Fn(&Parameter) -> bool) -> bool {
    operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => wanted(parameter),
        RefOr::Ref(_) => false,
    })
}

fn carries_version(response: &RefOr<Response>) -> bool {
    match response {
        RefOr::T(response) => response.headers.contains_key("ETag"),
        RefOr::Ref(_) => false,
    }
}

fn problem(known: &Known) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Problem"))))
        .build();
    let mut response =
        ResponseBuilder::new().description(known.description).content(MEDIA_TYPE, content).build();
    dress(&mut response);
    if matches!(known.status, "429" | "503") {
        response.headers.insert(
            "Retry-After".to_owned(),
            RefOr::Ref(Ref::new("#/components/headers/Retry-After")),
        );
    }
    response
}

const SHARED: [&str; 4] =
    ["X-Request-Id", "RateLimit", "RateLimit-Policy", "Access-Control-Allow-Origin"];

/// The headers that every answer carries.
fn dress(response: &mut Response) {
    for name in SHARED {
        let shared = Ref::new(format!("#/components/headers/{name}"));
        response.headers.entry(name.to_owned()).or_insert(RefOr::Ref(shared));
    }
}

fn shared_headers() -> [(&'static str, Header); 6] {
    let text = |most: usize, example: &str, description: &str| {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(most))
            .examples([serde_json::Value::from(example)])
            .build();
        HeaderBuilder::new()
            .schema(Some(Schema::Object(schema)))
            .description(Some(description))
            .build()
    };
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(0))
        .maximum(Some(86_400))
        .examples([serde_json::Value::from(1)])
        .build();
    [
        (
            "X-Request-Id",
            text(
                64,
                "01kanq8zv3e8qt1wz1h5r3c9xd",
                "Name of this request in the logs; yours, if you sent a fitting one.",
            ),
        ),
        (
            "RateLimit",
            text(100, "\"read\";r=99;t=1", "What is left, and seconds until it is full again."),
        ),
        (
            "RateLimit-Policy",
            text(100, "\"read\";q=100;w=1", "The quota and its window in seconds."),
        ),
        (
            "Access-Control-Allow-Origin",
            text(
                300,
                "https://api.quittance.example",
                "The API's own origin: scripts of other origins get no access.",
            ),
        ),
        ("Idempotent-Replayed", text(4, "true", "`true` when an earlier request had the effect.")),
        (
            "Retry-After",
            HeaderBuilder::new()
                .schema(Some(Schema::Object(seconds)))
                .description(Some("Seconds to wait."))
                .build(),
        ),
    ]
}
