//! Notes: what people write about an account.

use super::lock;
use domain::timeline::TimelineKind;
use domain::{AccountId, Permission};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::stop::{Kind, Refused, Stop};
use kernel::timeline;
use serde_json::json;

/// The longest note, in characters.
pub const LONGEST: usize = 4000;

/// A note.
#[derive(Debug, Clone)]
pub struct NewNote {
    /// The text, 1 to 4000 characters.
    pub text: String,
    /// Whether the creditor may read it.
    pub client_visible: bool,
}

/// Why a note is not kept.
#[derive(Debug, thiserror::Error)]
pub enum NoteRefused {
    /// Empty or too long.
    #[error("write 1 to {LONGEST} characters")]
    Length,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(NoteRefused);

impl Refused for NoteRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Length => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Length => "note_length",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::Length => Some("/text"),
            Self::Stop(_) => None,
        }
    }
}

/// Adds a note to the timeline.
pub async fn add_note(
    app: &App,
    actor: &Actor,
    id: AccountId,
    note: NewNote,
) -> Result<(), NoteRefused> {
    actor.require_agency(Permission::AccountWrite)?;
    let text = note.text.trim().to_owned();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(NoteRefused::Length);
    }
    let tx = app.begin(actor).await?;
    let row = lock(&tx, actor, id, None).await?;
    let subject = (&row).into();
    timeline::write(&tx, subject, TimelineKind::Note, note.client_visible, (text, None)).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "account.add_note",
            subject_type: "account",
            subject_id: Some(id.0),
            after: Some(json!({ "client_visible": note.client_visible })),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
