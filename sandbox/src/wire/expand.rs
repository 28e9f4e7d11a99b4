//! `expand[]`: ids replaced by their objects, at most four levels deep.

use serde_json::{Value, json};

use super::failure::Failure;
use crate::world::World;

/// The object as the API shows it: private fields (leading underscore) gone, asked ids expanded.
pub(crate) fn render(world: &World, object: &Value, paths: &[String]) -> Result<Value, Failure> {
    let mut shown = strip(object);
    for path in paths {
        let steps: Vec<&str> = path.split('.').collect();
        if steps.len() > 4 {
            let message = format!("You cannot expand more than 4 levels of a property: {path}");
            return Err(Failure::invalid("expand", message));
        }
        unfold(world, &mut shown, &steps, path)?;
    }
    Ok(shown)
}

/// Without the fields that only the sandbox needs.
pub(crate) fn strip(object: &Value) -> Value {
    match object {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(key, _)| !key.starts_with('_'))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            object.clone()
        }
    }
}

fn unfold(world: &World, at: &mut Value, steps: &[&str], path: &str) -> Result<(), Failure> {
    let Some((step, rest)) = steps.split_first() else { return Ok(()) };
    if let Value::Array(items) = at {
        return items.iter_mut().try_for_each(|item| unfold(world, item, steps, path));
    }
    let refused = || {
        let message = format!("This property cannot be expanded ({path}).");
        Failure::invalid("expand", message)
    };
    if at.get(*step).is_none() {
        let included = included(world, at, step).ok_or_else(refused)?;
        if let Value::Object(map) = at {
            map.insert((*step).to_owned(), included);
        }
    }
    let Some(inner) = at.get_mut(*step) else { return Ok(()) };
    match inner {
        Value::Null => Ok(()),
        Value::String(id) => {
            let object = world.get(id).ok_or_else(refused)?;
            *inner = strip(object);
            unfold(world, inner, rest, path)
        }
        Value::Object(_) | Value::Array(_) => unfold(world, inner, rest, path),
        Value::Bool(_) | Value::Number(_) => Err(refused()),
    }
}

/// Lists that are only sent when asked for.
fn included(world: &World, at: &Value, step: &str) -> Option<Value> {
    let id = at.get("id")?.as_str()?;
    let (data, url) = match (at.get("object")?.as_str()?, step) {
        ("checkout.session", "line_items") => (
            world.get(id)?.get("_line_items")?.clone(),
            format!("/v1/checkout/sessions/{id}/line_items"),
        ),
        ("charge", "refunds") => {
            let of_charge = world.all("refund").filter(|refund| refund["charge"] == json!(id));
            let data: Vec<Value> = of_charge.map(strip).collect();
            (json!(data), format!("/v1/charges/{id}/refunds"))
        }
        _ => return None,
    };
    Some(json!({"object": "list", "data": data, "has_more": false, "url": url}))
}
