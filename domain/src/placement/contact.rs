//! Telephone numbers and e-mail addresses.

use super::cell::unwrapped;

/// The kind of a telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhoneType {
    /// Mobile.
    Mobile,
    /// At home.
    Home,
    /// At work.
    Work,
    /// Not known.
    Unknown,
}

impl PhoneType {
    /// The name in the database and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Home => "home",
            Self::Work => "work",
            Self::Unknown => "unknown",
        }
    }

    /// Reads a creditor's word for it.
    pub fn read(text: &str) -> Option<Self> {
        match unwrapped(text).to_lowercase().as_str() {
            "mobile" | "cell" | "cellular" | "cell phone" | "mobile phone" | "m" | "c" => {
                Some(Self::Mobile)
            }
            "home" | "landline" | "land line" | "residence" | "residential" | "h" => {
                Some(Self::Home)
            }
            "work"
            | "business"
            | "office"
            | "employer"
            | "place of employment"
            | "poe"
            | "w"
            | "b" => Some(Self::Work),
            "unknown" | "other" | "u" | "o" => Some(Self::Unknown),
            _ => None,
        }
    }
}

/// Reads a telephone number as `+` and digits (E.164): ten digits of North America with or without
/// the leading 1, any punctuation, an extension left out; or an international number with `+`.
pub fn read_phone(text: &str) -> Option<String> {
    let text = unwrapped(text);
    let number = without_extension(text);
    let international = number.trim_start().starts_with('+');
    let plain = |c: char| {
        c.is_ascii_digit()
            || matches!(c, '(' | ')' | '-' | '.' | '/' | '+' | '\u{2013}')
            || c.is_whitespace()
    };
    if !number.chars().all(plain) {
        return None;
    }
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let national = match digits.len() {
        10 if !international => digits.as_str(),
        11 => match digits.strip_prefix('1') {
            Some(national) => national,
            None if international => return Some(format!("+{digits}")),
            None => return None,
        },
        8..=15 if international && !digits.starts_with(['0', '1']) => {
            return Some(format!("+{digits}"));
        }
        _ => return None,
    };
    is_north_american(national).then(|| format!("+1{national}"))
}

fn without_extension(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    ["extension", "ext", "x", "#"]
        .iter()
        .filter_map(|mark| lower.find(mark))
        .min()
        .and_then(|at| text.get(..at))
        .unwrap_or(text)
}

/// Area code and exchange start with 2 to 9, and the ten digits are not all alike.
fn is_north_american(digits: &str) -> bool {
    let at = |place: usize| digits.as_bytes().get(place).copied().unwrap_or(b'0');
    at(0) >= b'2' && at(3) >= b'2' && digits.bytes().any(|b| b != at(0))
}

/// Reads an e-mail address, its domain in lower case; none when it is no address, or a placeholder
/// that people type to get past a form.
pub fn read_email(text: &str) -> Option<String> {
    let text = unwrapped(text);
    let (local, domain) = text.rsplit_once('@')?;
    let domain = domain.to_lowercase();
    let local_sound = !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local
            .chars()
            .all(|c| c.is_alphanumeric() || c.is_ascii() && "!#$%&'*+/=?^_`{|}~.-".contains(c));
    let label_sound = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let domain_sound = domain.len() <= 253
        && domain.contains('.')
        && domain.split('.').all(label_sound)
        && !domain.ends_with(|c: char| c.is_ascii_digit());
    let placeholder = matches!(
        local.to_lowercase().as_str(),
        "none" | "no" | "na" | "n/a" | "noemail" | "no-email" | "no.email" | "unknown" | "refused"
    );
    (local_sound && domain_sound && !placeholder).then(|| format!("{local}@{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn telephone_numbers_of_spreadsheets() {
        for (text, expected) in [
            ("(414) 555-0122", Some("+14145550122")),
            ("414-555-0122", Some("+14145550122")),
            ("414.555.0122", Some("+14145550122")),
            ("4145550122", Some("+14145550122")),
            ("1-414-555-0122", Some("+14145550122")),
            ("+1 414 555 0122", Some("+14145550122")),
            ("414-555-0122 x17", Some("+14145550122")),
            ("414-555-0122 ext. 17", Some("+14145550122")),
            ("=\"4145550122\"", Some("+14145550122")),
            ("+44 20 7946 0018", Some("+442079460018")),
            ("555-0122", None),
            ("4.14556E+09", None),
            ("0000000000", None),
            ("9999999999", None),
            ("1145550122", None),
            ("4140550122", None),
            ("call after 6", None),
            ("41455501223", None),
            ("", None),
        ] {
            assert_eq!(read_phone(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn email_addresses_of_spreadsheets() {
        for (text, expected) in [
            ("Kerensa@Example.COM", Some("Kerensa@example.com")),
            (" a.b+c@mail.example.org ", Some("a.b+c@mail.example.org")),
            ("none@none.com", None),
            ("n/a", None),
            ("a@b", None),
            ("a@@example.com", None),
            ("a b@example.com", None),
            ("a@example..com", None),
            ("a@10.0.0.1", None),
            ("a@example.com; b@example.com", None),
            ("a@example.com\r\nBcc: x@example.com", None),
            ("<script>@example.com", None),
        ] {
            assert_eq!(read_email(text).as_deref(), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = (read_phone(&text), read_email(&text), PhoneType::read(&text));
        }
    }
}
