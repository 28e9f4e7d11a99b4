//! Taking a file in, and looking at one before.

use super::read::layout;
use super::rows::{FileRefused, Flow, walk};
use super::spool::{FileForm, Spooled, UploadRefused};
use super::view::Placement;
use super::{check, find_in, store};
use chrono::Duration;
use domain::placement::mapping::{GivenWithUpload, MappedColumn};
use domain::placement::{Column, Manifest, Mapping, PlacementState, guess};
use domain::{CreditorId, Permission, PlacementId, PortfolioId};
use entity::{creditor, placement, portfolio};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::jobs::{self, Job};
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use std::fs::File;
use std::io::{Seek, SeekFrom};

/// Files up to this size are checked while the uploader waits.
pub(super) const AT_ONCE: u64 = 2 * 1024 * 1024;

/// How long a job waits for work that is being done at once.
pub(super) const BACKUP_AFTER: Duration = Duration::seconds(30);

/// What is to be placed, and how its file is to be read.
#[derive(Debug, Clone)]
pub struct Order {
    /// Whose debts.
    pub creditor: CreditorId,
    /// The portfolio of lines that name none.
    pub portfolio: Option<PortfolioId>,
    /// The file's name.
    pub file_name: String,
    /// How to read it.
    pub mapping: Mapping,
    /// The creditor's control totals.
    pub manifest: Option<Manifest>,
}

/// Why a file is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// The file's bytes.
    #[error(transparent)]
    File(#[from] UploadRefused),
    /// Its header, or the mapping for it.
    #[error("{detail}")]
    Header {
        /// The stable code.
        code: &'static str,
        /// In words.
        detail: String,
    },
    /// The manifest.
    #[error(transparent)]
    Manifest(#[from] domain::placement::totals::Unreadable),
    /// The name of the file.
    #[error("A file name has 1 to 255 characters.")]
    FileName,
    /// The creditor is unknown.
    #[error("there is no such creditor")]
    UnknownCreditor,
    /// The creditor is closed.
    #[error("This creditor is closed; nothing can be placed for it.")]
    CreditorClosed,
    /// The portfolio is unknown, or another creditor's.
    #[error("the creditor has no such portfolio")]
    UnknownPortfolio,
    /// The same bytes were placed before.
    #[error("This very file has been placed before for this creditor.")]
    AlreadyPlaced,
    /// Its columns can no longer be said.
    #[error("The placement is {}; its columns can no longer be changed.", .0.name())]
    Begun(PlacementState),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(NotTaken);

impl Refused for NotTaken {
    fn kind(&self) -> Kind {
        match self {
            Self::File(_)
            | Self::Header { .. }
            | Self::Manifest(_)
            | Self::FileName
            | Self::UnknownCreditor
            | Self::UnknownPortfolio => Kind::Invalid,
            Self::CreditorClosed | Self::AlreadyPlaced | Self::Begun(_) => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::File(refused) => refused.code(),
            Self::Header { code, .. } => code,
            Self::Manifest(_) => "manifest_unreadable",
            Self::FileName => "file_name_malformed",
            Self::UnknownCreditor => "unknown_creditor",
            Self::CreditorClosed => "creditor_closed",
            Self::UnknownPortfolio => "unknown_portfolio",
            Self::AlreadyPlaced => "file_already_placed",
            Self::Begun(_) => "placement_begun",
            Self::Stop(stop) => stop.code(),
        }
    }
}

impl From<FileRefused> for NotTaken {
    fn from(refused: FileRefused) -> Self {
        if let FileRefused::Fault(fault) = refused {
            return Self::Stop(fault.into());
        }
        Self::Header { code: refused.code(), detail: refused.to_string() }
    }
}

/// The beginning of a file and what its headers may mean.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The headers.
    pub headers: Vec<String>,
    /// What they may mean, apart from canonical ones, which mean themselves.
    pub guesses: Vec<MappedColumn>,
    /// The first rows.
    pub rows: Vec<Vec<String>>,
    /// What would be missing, in words; none when the file can be read as it is.
    pub missing: Option<String>,
}

/// Looks at the first rows of a file; keeps nothing.
pub fn preview(spooled: &Spooled, mapping: &Mapping) -> Result<Preview, NotTaken> {
    preview_of(again(&spooled.file)?, spooled.form, mapping)
}

pub(super) fn preview_of(
    file: File,
    form: FileForm,
    mapping: &Mapping,
) -> Result<Preview, NotTaken> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    walk(file, form, mapping, &mut |row| {
        let cells = row.cells.unwrap_or_default();
        rows.push(cells.iter().map(|cell| cell.text().unwrap_or_default().into_owned()).collect());
        Ok(if rows.len() > 5 { Flow::Enough } else { Flow::On(cells.len()) })
    })?;
    let headers = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
    let shown: Vec<&str> = headers.iter().map(String::as_str).collect();
    let missing = mapping.layout(&shown, GivenWithUpload { portfolio: true }).err();
    let guesses = guess::columns(&shown);
    let secret: Vec<bool> = shown
        .iter()
        .map(|header| {
            let guessed = guesses.iter().find(|guess| guess.header == *header);
            Column::parse(header)
                .or(guessed.map(|guess| guess.column))
                .is_some_and(|column| column.is_secret() || column == Column::DateOfBirth)
        })
        .collect();
    for row in &mut rows {
        for (value, secret) in row.iter_mut().zip(&secret) {
            if *secret && !value.is_empty() {
                "•••••".clone_into(value);
            }
        }
    }
    Ok(Preview { guesses, rows, missing: missing.map(|why| why.to_string()), headers })
}

/// Takes a file in and has it checked: at once when it is small, by a job when it is not.
pub async fn upload(
    app: &App,
    actor: &Actor,
    order: Order,
    spooled: Spooled,
) -> Result<Placement, NotTaken> {
    actor.require(Permission::PlacementWrite)?;
    may_be_taken(&order)?;
    let given = GivenWithUpload { portfolio: order.portfolio.is_some() };
    layout(again(&spooled.file)?, spooled.form, &order.mapping, given)?;
    let at_once = spooled.size <= AT_ONCE;
    let tx = app.begin(actor).await?;
    let id = keep(&tx, &order, spooled, PlacementState::Checking).await?;
    let due = if at_once { tx.now() + BACKUP_AFTER } else { tx.now() };
    jobs::enqueue_at(&tx, Job::CheckPlacement { placement: id }, due).await?;
    tx.commit().await?;
    if at_once {
        let runner = jobs::runner(actor.agency());
        if let Err(stop) = check::run(app, &runner, id).await {
            tracing::warn!(placement = %id, error = %stop, "a placement could not be checked at once");
        }
    }
    Ok(find_in(app, actor, id).await?)
}

/// What can be refused before a byte is kept.
pub(super) fn may_be_taken(order: &Order) -> Result<(), NotTaken> {
    let name_length = order.file_name.chars().count();
    if !(1..=255).contains(&name_length) || order.file_name.contains('\0') {
        return Err(NotTaken::FileName);
    }
    if let Some(manifest) = &order.manifest {
        manifest.totals()?;
    }
    Ok(())
}

/// Keeps the file and its placement in this state.
pub(super) async fn keep(
    tx: &Tx,
    order: &Order,
    spooled: Spooled,
    state: PlacementState,
) -> Result<PlacementId, NotTaken> {
    let agency = tx.agency();
    let creditor = creditor::Entity::find_by_id((agency, order.creditor))
        .one(tx)
        .await?
        .ok_or(NotTaken::UnknownCreditor)?;
    if creditor.status != domain::agency::CreditorStatus::Active {
        return Err(NotTaken::CreditorClosed);
    }
    if let Some(id) = order.portfolio {
        portfolio::Entity::find_by_id((agency, id))
            .filter(portfolio::Column::CreditorId.eq(order.creditor))
            .one(tx)
            .await?
            .ok_or(NotTaken::UnknownPortfolio)?;
    }
    let before = placement::in_agency(agency)
        .filter(placement::Column::CreditorId.eq(order.creditor))
        .filter(placement::Column::FileSha256.eq(spooled.sha256.clone()))
        .filter(placement::Column::State.eq("committed"))
        .filter(placement::Column::Accepted.gt(0))
        .count(tx)
        .await?;
    if before > 0 {
        return Err(NotTaken::AlreadyPlaced);
    }
    let id = PlacementId(random::uuid());
    let row = placement::ActiveModel {
        agency_id: Set(agency),
        id: Set(id),
        creditor_id: Set(order.creditor),
        portfolio_id: Set(order.portfolio),
        file_name: Set(order.file_name.clone()),
        file_sha256: Set(spooled.sha256),
        byte_size: Set(i64::try_from(spooled.size).unwrap_or(i64::MAX)),
        is_workbook: Set(spooled.form == FileForm::Workbook),
        mapping: Set(Some(serde_json::to_value(&order.mapping).map_err(Fault::from)?)),
        manifest: Set(order
            .manifest
            .as_ref()
            .map(serde_json::to_value)
            .transpose()
            .map_err(Fault::from)?),
        state: Set(state.name().to_owned()),
        uploaded_by: Set(tx.signature().name.clone()),
        created_at: Set(tx.now()),
        ..Default::default()
    };
    placement::Entity::insert(row).exec_without_returning(tx).await?;
    store::put_file(tx, (order.creditor, id), again(&spooled.file)?).await?;
    let entry = audit::Entry {
        action: "placement.upload",
        subject_type: "placement",
        subject_id: Some(id.0),
        ..audit::Entry::default()
    };
    audit::write(tx, entry).await?;
    Ok(id)
}

/// Another handle on the file, at its start.
fn again(file: &File) -> Result<File, Fault> {
    let disk = |err: std::io::Error| Fault::Outside(format!("the spool file: {err}"));
    let mut again = file.try_clone().map_err(disk)?;
    again.seek(SeekFrom::Start(0)).map_err(disk)?;
    Ok(again)
}
