//! Cursor pages: newest first, `limit`, `starting_after`, `ending_before`, `created[…]`.

use serde_json::{Value, json};

use super::{expand, failure::Failure, form::Params};
use crate::world::World;

/// Names every list reads.
pub(crate) const NAMES: &[&str] = &[
    "limit",
    "starting_after",
    "ending_before",
    "created",
    "created[gt]",
    "created[gte]",
    "created[lt]",
    "created[lte]",
];

/// One page of a kind of object.
pub(crate) fn list(
    world: &World,
    kind: &str,
    url: &str,
    params: &Params,
    filter: impl Fn(&Value) -> bool,
) -> Result<Value, Failure> {
    let limit = params.number("/limit")?.unwrap_or(10);
    let limit = usize::try_from(limit).ok().filter(|limit| (1..=100).contains(limit));
    let limit = limit.ok_or_else(|| Failure::invalid("limit", "limit must be from 1 to 100."))?;
    let created = Created::read(params)?;
    let after = params.text("/starting_after");
    let before = params.text("/ending_before");
    for cursor in [after, before].into_iter().flatten() {
        world.of(kind, cursor)?;
    }
    let fits = |object: &&Value| created.holds(object["created"].as_i64()) && filter(object);
    let mut rows: Vec<&Value> = if let Some(cursor) = before {
        let newer = world.all(kind).rev().take_while(|object| object["id"] != json!(cursor));
        let newer: Vec<&Value> = newer.filter(fits).collect();
        let skip = newer.len().saturating_sub(limit.saturating_add(1));
        newer.into_iter().skip(skip).collect()
    } else {
        let mut all = world.all(kind).rev();
        if let Some(cursor) = after {
            all.find(|object| object["id"] == json!(cursor));
        }
        all.filter(fits).take(limit.saturating_add(1)).collect()
    };
    let has_more = rows.len() > limit;
    if has_more && before.is_some() {
        rows.remove(0);
    }
    rows.truncate(limit);
    let paths: Vec<String> = params
        .texts("/expand")
        .iter()
        .map(|path| path.strip_prefix("data.").map(str::to_owned))
        .collect::<Option<_>>()
        .ok_or_else(|| Failure::invalid("expand", "On lists, expand paths start with data."))?;
    let data: Result<Vec<Value>, Failure> =
        rows.into_iter().map(|row| expand::render(world, row, &paths)).collect();
    Ok(json!({"object": "list", "url": url, "has_more": has_more, "data": data?}))
}

#[derive(Default)]
struct Created {
    from: Option<i64>,
    until: Option<i64>,
}

impl Created {
    fn read(params: &Params) -> Result<Self, Failure> {
        if let Some(exact) = params.number("/created")? {
            return Ok(Self { from: Some(exact), until: Some(exact) });
        }
        let after = params.number("/created/gt")?.map(|at| at.saturating_add(1));
        let before = params.number("/created/lt")?.map(|at| at.saturating_sub(1));
        Ok(Self {
            from: params.number("/created/gte")?.max(after),
            until: match (params.number("/created/lte")?, before) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
        })
    }

    fn holds(&self, at: Option<i64>) -> bool {
        let at = at.unwrap_or_default();
        self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at <= until)
    }
}
