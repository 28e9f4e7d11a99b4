//! The steps of a run, as the list above each of its pages.

use askama::filters::HtmlSafe;
use domain::remittance::CloseRunState;
use service::close_runs::Progress;
use std::fmt;

/// A step of the month end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Which day, and what is due.
    CutOff,
    /// What counts, and what is on hold.
    Funds,
    /// What is the agency's, creditor by creditor.
    Fees,
    /// Bank, ledger and creditors say the same.
    TieOut,
    /// Statements are made.
    Close,
    /// A second person pays out.
    Approve,
    /// What went out.
    Issue,
    /// Nothing more is closed in it.
    Lock,
}

impl Step {
    const ALL: [Self; 8] = [
        Self::CutOff,
        Self::Funds,
        Self::Fees,
        Self::TieOut,
        Self::Close,
        Self::Approve,
        Self::Issue,
        Self::Lock,
    ];

    fn path(self) -> &'static str {
        match self {
            Self::CutOff => "",
            Self::Funds => "/funds",
            Self::Fees => "/fees",
            Self::TieOut => "/tie-out",
            Self::Close => "/close",
            Self::Approve => "/approve",
            Self::Issue => "/issue",
            Self::Lock => "/lock",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::CutOff => "1. Cut-off",
            Self::Funds => "2. Funds",
            Self::Fees => "3. Fees",
            Self::TieOut => "4. Tie-out",
            Self::Close => "5. Close",
            Self::Approve => "6. Approve",
            Self::Issue => "7. Paid out",
            Self::Lock => "8. Lock",
        }
    }
}

/// The steps of one run with the present one marked; prints itself: `{{ steps }}`.
#[derive(Debug)]
pub struct Steps<'a> {
    /// Where we are.
    pub at: Step,
    /// How far the run has come.
    pub progress: &'a Progress,
}

impl Steps<'_> {
    /// What is left to do in a step, in a word.
    fn left(&self, step: Step) -> Option<String> {
        let (due, figures) = (self.progress.due, &self.progress.figures);
        match step {
            Step::Close if due > 0 => Some(format!("{due} left")),
            Step::Approve if figures.prepared.is_positive() => Some("waiting".to_owned()),
            Step::Lock => match self.progress.run.state {
                CloseRunState::Open => None,
                CloseRunState::Closed => Some("done".to_owned()),
            },
            Step::CutOff
            | Step::Funds
            | Step::Fees
            | Step::TieOut
            | Step::Close
            | Step::Approve
            | Step::Issue => None,
        }
    }
}

impl fmt::Display for Steps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = self.progress.run.id;
        f.write_str("<nav aria-label=\"Steps of the run\"><ol class=\"steps\">")?;
        for step in Step::ALL {
            let mark = if step == self.at { " aria-current=\"step\"" } else { "" };
            let (path, words) = (step.path(), step.words());
            write!(f, "<li><a href=\"/month-end/{run}{path}\"{mark}>{words}")?;
            if let Some(left) = self.left(step) {
                write!(f, " <span class=\"small\">({left})</span>")?;
            }
            f.write_str("</a></li>")?;
        }
        f.write_str("</ol></nav>")
    }
}

impl HtmlSafe for Steps<'_> {}
