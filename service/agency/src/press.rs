//! Where documents are printed: `letters` makes them, a thread of their own bears it.

use crate::exports::ExportFile;
use kernel::stop::{Fault, Stop};
use letters::LetterError;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

/// Who is named on a statement, as they were called at the close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The agency's or the creditor's name.
    pub name: String,
    /// The creditor's code; the agency's is empty.
    pub code: String,
    /// The postal address; empty where none is known.
    pub address: String,
    /// The telephone number; empty where none is known.
    pub phone: String,
}

/// Documents in the making at once: a statement of 25,000 lines takes 300 MB for three seconds.
static PRESSES: Semaphore = Semaphore::const_new(2);

/// Lines of an address; a letter has room for one more, the telephone number.
const ADDRESS_LINES: usize = 7;

/// Prints a document and gives it its file name.
pub(crate) async fn print(
    name: String,
    document: impl FnOnce() -> Result<Vec<u8>, LetterError> + Send + 'static,
) -> Result<ExportFile, Stop> {
    let turn = PRESSES.acquire().await;
    let _turn = turn.map_err(|_| Fault::Unexpected("the presses are gone"))?;
    let printed = tokio::task::spawn_blocking(document)
        .await
        .map_err(|_| Fault::Unexpected("a document was not printed to its end"))?;
    let bytes = printed.map_err(|error| {
        tracing::error!(%error, file = name, "a document could not be printed");
        Fault::Unexpected("a document could not be printed")
    })?;
    Ok(ExportFile { name, media_type: "application/pdf", bytes })
}

/// Who a letter is from or to. An address of more lines than a letter has room for keeps all its
/// words on fewer lines: a statement must not fail because of one.
pub fn party(party: &Party) -> letters::Party {
    let mut address: Vec<String> = Vec::new();
    let lines = party.address.lines().map(str::trim).filter(|line| !line.is_empty());
    for (at, line) in lines.enumerate() {
        match address.last_mut().filter(|_| at >= ADDRESS_LINES) {
            Some(last) => {
                last.push_str(", ");
                last.push_str(line);
            }
            None => address.push(line.to_owned()),
        }
    }
    address.extend(Some(party.phone.trim().to_owned()).filter(|phone| !phone.is_empty()));
    let code = Some(party.code.clone()).filter(|code| !code.is_empty());
    letters::Party { name: party.name.clone(), code, address }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_any_length_stands_on_a_letter() {
        let lines: Vec<String> = (1..=12).map(|n| format!("Line {n}")).collect();
        let long = Party {
            name: "Harbor Recovery".to_owned(),
            code: String::new(),
            address: lines.join("\n"),
            phone: "(503) 555-0142".to_owned(),
        };
        let printed = party(&long);
        assert_eq!((printed.address.len(), printed.code), (8, None));
        let words = printed.address.join(" ");
        assert!(lines.iter().all(|line| words.contains(line.as_str())), "{words}");
        assert_eq!(printed.address.last().map(String::as_str), Some("(503) 555-0142"));
        let bare = Party { address: "  ".to_owned(), phone: String::new(), ..long };
        assert!(party(&bare).address.is_empty());
    }
}
