//! Pages of a list that is read by a cursor.

use askama::Template;
use askama::filters::HtmlSafe;

/// The links under a list; prints itself: `{{ pager }}`. Nothing when all of it is on one page.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/pager.html")]
pub struct Pager {
    first: Option<String>,
    next: Option<String>,
    shown: String,
}

impl HtmlSafe for Pager {}

impl Pager {
    /// `first`: address of the first page, when this is another; `next`: address of the next, when
    /// there is one; `shown`: what is on this page, in words (`50 accounts`).
    pub fn new(first: Option<String>, next: Option<String>, shown: impl Into<String>) -> Self {
        Self { first, next, shown: shown.into() }
    }

    fn needed(&self) -> bool {
        self.first.is_some() || self.next.is_some()
    }
}
