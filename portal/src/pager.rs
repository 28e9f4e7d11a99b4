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

/// An address with a query, each value escaped.
pub fn address(path: &str, pairs: &[(&str, String)]) -> String {
    let mut address = path.to_owned();
    for (at, (name, value)) in pairs.iter().enumerate() {
        address.push(if at == 0 { '?' } else { '&' });
        address.push_str(name);
        address.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                address.push(char::from(byte));
            } else {
                address.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn what_was_typed_survives_the_address() {
        let pairs = [("q", "O'Brien & Söhne".to_owned()), ("status", "ACT".to_owned())];
        assert_eq!(
            address("/accounts", &pairs),
            "/accounts?q=O%27Brien%20%26%20S%C3%B6hne&status=ACT"
        );
        assert_eq!(address("/accounts", &[]), "/accounts");
    }
}
