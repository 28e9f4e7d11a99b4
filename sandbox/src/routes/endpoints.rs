//! `/v1/webhook_endpoints`.

use serde_json::{Value, json};

use super::{Served, copy_texts, merge_metadata, only_page};
use crate::{
    objects,
    webhooks::{Endpoint, fresh_secret},
    wire::{failure::Failure, form::Params, page},
    world::{API_VERSION, Desk},
};

pub(super) fn serve(desk: &mut Desk<'_>, method: &str, rest: &[&str], params: &Params) -> Served {
    Some(match (method, rest) {
        ("POST", []) => create(desk, params),
        ("GET", []) => only_page(params, &[]).and_then(|()| {
            page::list(desk.world, "webhook_endpoint", "/v1/webhook_endpoints", params, |_| true)
        }),
        ("GET", [id]) => {
            params.only(&[], &[]).and_then(|()| desk.world.of("webhook_endpoint", id).cloned())
        }
        ("POST", [id]) => update(desk, id, params),
        ("DELETE", [id]) => delete(desk, id),
        _ => return None,
    })
}

fn create(desk: &mut Desk<'_>, params: &Params) -> Result<Value, Failure> {
    let modelled = ["url", "enabled_events", "api_version", "connect", "description", "metadata*"];
    params.only(&modelled, &[])?;
    let version = params.text("/api_version");
    if let Some(version) = version.filter(|version| *version != API_VERSION) {
        return Err(Failure::unmodelled(&format!("webhooks of API version {version}")));
    }
    let events = params.texts("/enabled_events");
    if events.is_empty() {
        return Err(Failure::required("enabled_events"));
    }
    let wanted = Wanted {
        url: params.need("/url")?.to_owned(),
        events,
        connect: params.flag("/connect")?.unwrap_or(false),
        secret: fresh_secret(),
    };
    let secret = wanted.secret.clone();
    let id = register(desk, wanted)?;
    let mut changes = json!({"metadata": params.metadata("/metadata"), "api_version": params.or_null("/api_version")});
    copy_texts(&mut changes, params, &["description"]);
    desk.world.patch(&id, &changes);
    let mut shown = desk.read(&id);
    shown["secret"] = json!(secret);
    Ok(shown)
}

/// An endpoint to be made, by the API or the control plane.
pub(crate) struct Wanted {
    pub(crate) url: String,
    pub(crate) events: Vec<String>,
    pub(crate) connect: bool,
    pub(crate) secret: String,
}

/// Makes the endpoint and returns its id.
pub(crate) fn register(desk: &mut Desk<'_>, wanted: Wanted) -> Result<String, Failure> {
    if !wanted.url.starts_with("http://") {
        let message = "The sandbox delivers to http:// on loopback only.";
        return Err(Failure::coded("url_invalid", "url", message));
    }
    let object = objects::endpoint(desk.now(), &wanted.url, &wanted.events);
    let id = desk.put(object);
    desk.post.endpoints.push(Endpoint {
        id: id.clone(),
        world: desk.id.clone(),
        url: wanted.url,
        secrets: vec![wanted.secret],
        events: wanted.events,
        connect: wanted.connect,
        enabled: true,
    });
    Ok(id)
}

/// Removes the endpoints of this world that fit.
pub(crate) fn forget(desk: &mut Desk<'_>, fits: impl Fn(&Endpoint) -> bool) {
    let mine = desk.id.clone();
    let gone = |endpoint: &&Endpoint| endpoint.world == mine && fits(endpoint);
    let ids: Vec<String> =
        desk.post.endpoints.iter().filter(gone).map(|endpoint| endpoint.id.clone()).collect();
    for id in ids {
        desk.post.endpoints.retain(|endpoint| endpoint.id != id);
        desk.world.remove(&id);
    }
}

fn update(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    params.only(&["url", "enabled_events", "disabled", "description", "metadata*"], &[])?;
    let old = desk.world.of("webhook_endpoint", id)?;
    let mut changes = json!({"metadata": merge_metadata(&old["metadata"], params, "/metadata")});
    copy_texts(&mut changes, params, &["description", "url"]);
    let events = params.texts("/enabled_events");
    let disabled = params.flag("/disabled")?;
    if let Some(endpoint) = desk.post.endpoints.iter_mut().find(|endpoint| endpoint.id == id) {
        if let Some(url) = params.text("/url") {
            endpoint.url = url.to_owned();
        }
        if !events.is_empty() {
            changes["enabled_events"] = json!(events);
            endpoint.events = events;
        }
        if let Some(disabled) = disabled {
            endpoint.enabled = !disabled;
            changes["status"] = json!(if disabled { "disabled" } else { "enabled" });
        }
    }
    desk.world.patch(id, &changes);
    Ok(desk.read(id))
}

fn delete(desk: &mut Desk<'_>, id: &str) -> Result<Value, Failure> {
    desk.world.of("webhook_endpoint", id)?;
    desk.post.endpoints.retain(|endpoint| endpoint.id != id);
    desk.world.remove(id);
    Ok(json!({"id": id, "object": "webhook_endpoint", "deleted": true}))
}
