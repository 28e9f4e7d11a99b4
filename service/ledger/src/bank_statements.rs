//! The bank's statements of the trust accounts: imported, matched with the book, and what is left
//! worked by hand (domain rule 2.8, the third way of the reconciliation).

mod import;
mod matching;
mod read;
mod suggest;
pub mod three_way;
mod work;

pub use entity::bank_line::Model as Line;
pub use import::{ImportRefused, NewStatement, Written, import};
pub use matching::Movement;
pub use read::{ExceptionView, LineView, StatementView, exceptions, get, lines, list};
pub use suggest::{OpenLine, line};
pub use three_way::{Day, report};
pub use work::{WorkRefused, assign, match_line, note, post_unidentified, unmatch};
