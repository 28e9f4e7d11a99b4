//! Placing accounts by file, at the client site and in the workspace: upload, columns, check,
//! decision, receipt. Each step is a page of the placement, so that closing the browser loses
//! nothing and big files are waited for without a script.

mod acts;
mod columns;
mod list;
mod progress;
mod upload;

pub use list::{accepted, standing};

use actix_web::web::{self, ServiceConfig};

/// The pages.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/placements", web::get().to(list::list_placements))
        .route("/place", web::get().to(upload::ask_file))
        .route("/place", web::post().to(upload::take_file))
        .route("/placements/{placement_id}", web::get().to(progress::show_placement))
        .route("/placements/{placement_id}/columns", web::get().to(columns::ask_columns))
        .route("/placements/{placement_id}/columns", web::post().to(columns::take_columns))
        .route("/placements/{placement_id}/commit", web::post().to(acts::commit))
        .route("/placements/{placement_id}/cancel", web::post().to(acts::cancel))
        .route("/placements/{placement_id}/findings.csv", web::get().to(acts::findings_csv))
        .route("/placements/{placement_id}/accounts.csv", web::get().to(acts::accounts_csv));
}

/// A step of the way, for the list of steps above each page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Choose the file.
    File,
    /// Say what its columns mean.
    Columns,
    /// Look at what was found, and decide.
    Check,
    /// What came of it.
    Receipt,
}

impl Step {
    const ALL: [Self; 4] = [Self::File, Self::Columns, Self::Check, Self::Receipt];

    fn words(self) -> &'static str {
        match self {
            Self::File => "1. File",
            Self::Columns => "2. Columns",
            Self::Check => "3. Check",
            Self::Receipt => "4. Receipt",
        }
    }
}

/// The steps with the present one marked; prints itself: `{{ step }}`.
impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<ol class=\"steps\" aria-label=\"Steps\">")?;
        for step in Self::ALL {
            let mark = if step == *self { " aria-current=\"step\"" } else { "" };
            write!(f, "<li{mark}>{}</li>", step.words())?;
        }
        f.write_str("</ol>")
    }
}

impl askama::filters::HtmlSafe for Step {}
