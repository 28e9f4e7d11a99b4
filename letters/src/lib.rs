//! Documents as PDF: a document's content in, its bytes out. The only crate that knows krilla.
//!
//! Nothing here reads a clock, a file or the network: the same content is the same bytes, on every
//! machine and in every year, as long as crates and [`EDITION`] stay the same. What a closed
//! statement needs to be printed again is kept with it ([`StatementHead`] is serialisable).
//!
//! The documents are PDF/A-2a (archival) and PDF/UA-1 (accessible): fonts are embedded, text is
//! text, tables have headings, reading order is by content. They are on US Letter paper, black on
//! white. A document of a new kind is a module beside [`statement`] and [`invoice`]: a struct of its
//! content, and one function that lays it out on a [`press`].

mod face;
mod invoice;
mod letterhead;
mod press;
mod statement;
mod table;
mod words;

pub use invoice::{Applied, Billed, InvoiceLetter, invoice_pdf};
pub use letterhead::Party;
pub use statement::{
    MOST_LINES, NamedDocument, StatementHead, StatementLetter, Tally, long_statement_pdf,
    statement_pdf, steps,
};

/// The number of this layout. It rises with every change that alters a document's bytes, so that
/// a stored document can be told apart from one that another edition would print.
pub const EDITION: u16 = 1;

/// Why a document is not printed. None of them leaves half a document.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// A sum on the statement is not the sum of its lines: a fault of ours, found before print.
    #[error("{what}: the lines come to {lines}, the statement says {said}")]
    DoesNotAddUp {
        /// Which sum.
        what: &'static str,
        /// What its parts come to.
        lines: domain::Money,
        /// What was to be printed.
        said: domain::Money,
    },
    /// A sum is beyond what money can be.
    #[error(transparent)]
    TooLarge(#[from] domain::money::TooLarge),
    /// The amounts leave no room for the words beside them.
    #[error("the amounts of this document are too long to stand side by side on a page")]
    TooWide,
    /// An address has more lines than a letter has room for.
    #[error("the address of {name} has {lines} lines; a letter has room for {most}")]
    AddressTooLong {
        /// The name above the address.
        name: String,
        /// How many lines it has.
        lines: usize,
        /// How many it may have.
        most: usize,
    },
    /// A typeface or a standard's rule was not met: a fault of ours.
    #[error("the document could not be made: {0}")]
    Press(String),
}
