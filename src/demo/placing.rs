//! Placement files of a demo, through the real import.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use domain::placement::{CommitPolicy, Mapping, PlacementState};
use domain::{CreditorId, PlacementId, PortfolioId};
use sea_orm::prelude::Uuid;
use service::App;
use service::actor::Actor;
use service::once::Once;
use service::placements::{self, Order, Spool};

/// How long a file may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Uploads a file, waits for its check, commits what is valid, waits for the accounts; returns how
/// many there are.
pub async fn place(
    app: &App,
    actor: &Actor,
    to: (CreditorId, PortfolioId),
    file_name: &str,
    file: &[u8],
) -> Result<(PlacementId, u64)> {
    let mut spool = Spool::new()?;
    spool.push(file)?;
    let order = Order {
        creditor: to.0,
        portfolio: Some(to.1),
        file_name: file_name.to_owned(),
        mapping: Mapping::default(),
        manifest: None,
    };
    let placement = placements::upload(app, actor, order, spool.finish()?).await?.id;
    wait_for(app, actor, placement, PlacementState::Checked).await?;
    let once = Once {
        principal: actor.principal(),
        key: Uuid::now_v7().to_string(),
        operation: "commit_placement",
        fingerprint: Vec::new(),
    };
    placements::commit(app, actor, &once, placement, CommitPolicy::ValidLinesOnly).await?;
    let accepted = wait_for(app, actor, placement, PlacementState::Committed).await?;
    Ok((placement, accepted))
}

async fn wait_for(
    app: &App,
    actor: &Actor,
    id: PlacementId,
    wanted: PlacementState,
) -> Result<u64> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let found = placements::find(app, actor, id).await?;
        if found.state == wanted {
            return Ok(found.tally.accepted);
        }
        if matches!(found.state, PlacementState::Refused | PlacementState::Canceled) {
            bail!("the file was refused: {:?}", found.refusal);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("placement {id} is not {} after {} s", wanted.name(), PATIENCE.as_secs())
}
