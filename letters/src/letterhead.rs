//! Who a letter is from and to.

use crate::LetterError;
use crate::face::Weight;
use crate::press::{Part, Press};

/// Lines of an address that a letter has room for.
const ADDRESS_LINES: usize = 8;

/// A sender or addressee as printed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Party {
    /// The name.
    pub name: String,
    /// The creditor's code with the agency, where there is one.
    pub code: Option<String>,
    /// The address, a line each; after it may come a telephone number or an e-mail address.
    pub address: Vec<String>,
}

impl Party {
    /// The name and the lines under it.
    pub(crate) fn print(
        &self,
        press: &mut Press,
        x: f32,
        width: f32,
        size: f32,
    ) -> Result<(), LetterError> {
        if self.address.len() > ADDRESS_LINES {
            return Err(LetterError::AddressTooLong {
                name: self.name.clone(),
                lines: self.address.len(),
                most: ADDRESS_LINES,
            });
        }
        press.open(Part::Paragraph);
        press.lines(x, width, Weight::Bold, size, &self.name)?;
        for line in &self.address {
            press.lines(x, width, Weight::Regular, size, line)?;
        }
        press.close();
        Ok(())
    }
}

/// Names and values, one below the other.
pub(crate) fn facts(
    press: &mut Press,
    x: f32,
    (names, values): (f32, f32),
    size: f32,
    facts: &[(&str, String)],
) -> Result<(), LetterError> {
    for (name, value) in facts {
        let top = press.y;
        press.open(Part::Paragraph);
        press.lines(x, names, Weight::Regular, size, &format!("{name}: "))?;
        let named = press.y;
        press.y = top;
        press.lines(x + names, values, Weight::Bold, size, value)?;
        press.close();
        press.y = press.y.max(named);
    }
    Ok(())
}
