//! The state from one start to the next, as one JSON file.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    clock::Task,
    server::Shared,
    webhooks::{Delivery, Endpoint},
    world::{State, World, WorldId},
};

#[derive(Deserialize, Serialize)]
struct Kept {
    offset: i64,
    tasks: Vec<(i64, WorldId, Task)>,
    worlds: Vec<(WorldId, World)>,
    endpoints: Vec<Endpoint>,
    deliveries: Vec<Delivery>,
}

/// Takes up the state of the file; an absent file is an empty state.
pub(crate) fn read(state: &mut State, path: &Path) -> Result<(), String> {
    if !path.exists() {
        return Ok(());
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let kept: Kept = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    state.calendar.set_offset(kept.offset);
    for (at, world, task) in kept.tasks {
        state.calendar.schedule(at, world, task);
    }
    for (id, mut world) in kept.worlds {
        let open: Vec<String> = world
            .all("checkout.session")
            .filter_map(|session| session["id"].as_str().map(str::to_owned))
            .collect();
        for session in open {
            // The sandbox may listen on another port than the last time.
            if world.get(&session).is_some_and(|object| object["status"] == "open") {
                let url = format!("{}/c/pay/{session}", state.base_url);
                world.patch(&session, &json!({"url": url}));
            }
            state.sessions.insert(session, id.clone());
        }
        state.worlds.insert(id, world);
    }
    state.post.endpoints = kept.endpoints;
    state.post.resume(kept.deliveries);
    Ok(())
}

/// Writes the state when it changed and is to be kept: a new file, then in place of the old one.
pub(crate) async fn write(shared: &Shared) {
    let Some(path) = shared.keep.clone() else { return };
    let Some(text) = snapshot(&mut shared.lock()) else { return };
    let written = tokio::task::spawn_blocking(move || {
        let next = path.with_extension("next");
        std::fs::write(&next, text).and_then(|()| std::fs::rename(&next, &path))
    });
    match written.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the sandbox could not write its state"),
        Err(error) => tracing::error!(%error, "the sandbox could not write its state"),
    }
}

/// The file's text, `None` when nothing changed.
fn snapshot(state: &mut State) -> Option<String> {
    if !std::mem::take(&mut state.changed) {
        return None;
    }
    let kept = json!({
        "offset": state.calendar.offset(),
        "tasks": state.calendar.tasks(),
        "worlds": state.worlds.iter().collect::<Vec<_>>(),
        "endpoints": state.post.endpoints,
        "deliveries": state.post.unfinished(),
    });
    Some(kept.to_string())
}
