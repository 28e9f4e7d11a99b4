//! Postal addresses: states, countries, ZIP codes, and what is no address at all.

use super::cell::{tidy, unwrapped};

/// States, the district, territories, freely associated states and military post, by code and name.
pub const STATES: [(&str, &str); 62] = [
    ("AL", "alabama"),
    ("AK", "alaska"),
    ("AZ", "arizona"),
    ("AR", "arkansas"),
    ("CA", "california"),
    ("CO", "colorado"),
    ("CT", "connecticut"),
    ("DE", "delaware"),
    ("DC", "district of columbia"),
    ("FL", "florida"),
    ("GA", "georgia"),
    ("HI", "hawaii"),
    ("ID", "idaho"),
    ("IL", "illinois"),
    ("IN", "indiana"),
    ("IA", "iowa"),
    ("KS", "kansas"),
    ("KY", "kentucky"),
    ("LA", "louisiana"),
    ("ME", "maine"),
    ("MD", "maryland"),
    ("MA", "massachusetts"),
    ("MI", "michigan"),
    ("MN", "minnesota"),
    ("MS", "mississippi"),
    ("MO", "missouri"),
    ("MT", "montana"),
    ("NE", "nebraska"),
    ("NV", "nevada"),
    ("NH", "new hampshire"),
    ("NJ", "new jersey"),
    ("NM", "new mexico"),
    ("NY", "new york"),
    ("NC", "north carolina"),
    ("ND", "north dakota"),
    ("OH", "ohio"),
    ("OK", "oklahoma"),
    ("OR", "oregon"),
    ("PA", "pennsylvania"),
    ("RI", "rhode island"),
    ("SC", "south carolina"),
    ("SD", "south dakota"),
    ("TN", "tennessee"),
    ("TX", "texas"),
    ("UT", "utah"),
    ("VT", "vermont"),
    ("VA", "virginia"),
    ("WA", "washington"),
    ("WV", "west virginia"),
    ("WI", "wisconsin"),
    ("WY", "wyoming"),
    ("PR", "puerto rico"),
    ("VI", "virgin islands"),
    ("GU", "guam"),
    ("AS", "american samoa"),
    ("MP", "northern mariana islands"),
    ("FM", "micronesia"),
    ("MH", "marshall islands"),
    ("PW", "palau"),
    ("AA", "armed forces americas"),
    ("AE", "armed forces europe"),
    ("AP", "armed forces pacific"),
];

const PROVINCES: [&str; 13] =
    ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"];

/// Reads a country: two letters, or a usual name of the United States, Canada or Mexico.
pub fn read_country(text: &str) -> Option<String> {
    let text = unwrapped(text).to_lowercase();
    let name: String = text.chars().filter(|c| c.is_alphabetic() || *c == ' ').collect();
    match name.as_str() {
        "usa" | "united states" | "united states of america" | "america" => Some("US".to_owned()),
        "can" | "canada" => Some("CA".to_owned()),
        "mex" | "mexico" => Some("MX".to_owned()),
        code if code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase()) => {
            Some(code.to_uppercase())
        }
        _ => None,
    }
}

/// Reads a state by code or name; provinces for Canada; whatever came for other countries.
pub fn read_state(text: &str, country: &str) -> Option<String> {
    let text = unwrapped(text);
    let code = text.trim_end_matches('.').to_uppercase();
    match country {
        "US" => {
            let name = text.to_lowercase();
            STATES
                .iter()
                .find(|(state, full)| *state == code || *full == name)
                .map(|(state, _)| (*state).to_owned())
        }
        "CA" => PROVINCES.contains(&code.as_str()).then_some(code),
        _ => Some(text.to_owned()),
    }
}

/// A ZIP code as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadZip {
    /// `12345`, `12345-6789`, or another country's postal code.
    pub zip: String,
    /// Leading zeros were lost and are restored.
    pub restored: bool,
}

/// Reads a postal code. In the United States five or nine digits; three, four, seven or eight
/// digits have lost their leading zeros to a spreadsheet. None when it is no postal code.
pub fn read_zip(text: &str, country: &str) -> Option<ReadZip> {
    let text = unwrapped(text);
    match country {
        "US" => read_us_zip(text),
        "CA" => read_canadian(text).map(|zip| ReadZip { zip, restored: false }),
        _ => {
            (text.chars().count() <= 12).then(|| ReadZip { zip: text.to_owned(), restored: false })
        }
    }
}

fn read_us_zip(text: &str) -> Option<ReadZip> {
    let digits_only = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (five, four) = match text.split_once(['-', ' ']) {
        Some((five, four)) => (five, four.trim()),
        None if text.len() >= 7 => text.split_at_checked(text.len() - 4)?,
        None => (text, ""),
    };
    let sound = digits_only(five)
        && digits_only(four)
        && (3..=5).contains(&five.len())
        && matches!(four.len(), 0 | 4)
        && five.bytes().any(|b| b != b'0');
    if !sound {
        return None;
    }
    let zip = if four.is_empty() { format!("{five:0>5}") } else { format!("{five:0>5}-{four}") };
    Some(ReadZip { zip, restored: five.len() < 5 })
}

fn read_canadian(text: &str) -> Option<String> {
    let code: String =
        text.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase()).collect();
    let sound = code.len() == 6
        && code
            .chars()
            .enumerate()
            .all(|(at, c)| if at % 2 == 0 { c.is_ascii_uppercase() } else { c.is_ascii_digit() });
    let (first, second) = code.split_at_checked(3)?;
    sound.then(|| format!("{first} {second}"))
}

/// Whether a street line is a placeholder, typed because the field is required.
pub fn is_placeholder(street: &str) -> bool {
    let words: String = tidy(street)
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let known = matches!(
        words.as_str(),
        "" | "unknown"
            | "address unknown"
            | "unknown address"
            | "na"
            | "n a"
            | "none"
            | "no address"
            | "not available"
            | "not provided"
            | "not given"
            | "bad address"
            | "invalid address"
            | "return mail"
            | "returned mail"
            | "mail returned"
            | "mail return"
            | "homeless"
            | "no fixed address"
            | "transient"
            | "general delivery"
            | "moved"
            | "moved left no address"
            | "tbd"
            | "same"
            | "test"
            | "address"
            | "undeliverable"
            | "do not mail"
            | "123 main st"
            | "123 main street"
            | "1234 main st"
            | "1234 main street"
            | "123 any street"
            | "123 anywhere st"
    );
    let first = words.chars().next();
    known
        || words.len() > 1
            && words
                .chars()
                .all(|c| Some(c) == first && !c.is_ascii_digit() || Some(c) == first && c == '0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn states_and_territories() {
        for (text, expected) in [
            ("WI", Some("WI")),
            ("wi", Some("WI")),
            ("Wisconsin", Some("WI")),
            ("PR", Some("PR")),
            ("GU", Some("GU")),
            ("MP", Some("MP")),
            ("AE", Some("AE")),
            ("ZZ", None),
            ("Ontario", None),
            ("12", None),
        ] {
            assert_eq!(read_state(text, "US").as_deref(), expected, "{text}");
        }
        assert_eq!(read_state("on", "CA").as_deref(), Some("ON"));
        assert_eq!(read_state("WI", "CA"), None);
    }

    #[test]
    fn zips_of_spreadsheets() {
        for (text, expected) in [
            ("53202", Some(("53202", false))),
            ("53202-1234", Some(("53202-1234", false))),
            ("532021234", Some(("53202-1234", false))),
            ("=\"02118\"", Some(("02118", false))),
            ("2118", Some(("02118", true))),
            ("901", Some(("00901", true))),
            ("21181234", Some(("02118-1234", true))),
            ("9011234", Some(("00901-1234", true))),
            ("2118-1234", Some(("02118-1234", true))),
            ("00000", None),
            ("12", None),
            ("532020", None),
            ("5320A", None),
            ("53202.0", None),
            ("N/A", None),
        ] {
            let read = read_zip(text, "US");
            assert_eq!(
                read.as_ref().map(|read| (read.zip.as_str(), read.restored)),
                expected,
                "{text}"
            );
        }
        assert_eq!(read_zip("k1a0b1", "CA").map(|read| read.zip).as_deref(), Some("K1A 0B1"));
    }

    #[test]
    fn addresses_that_are_none() {
        for street in [
            "UNKNOWN",
            "n/a",
            "None",
            "BAD ADDRESS",
            "Homeless",
            "XXXX",
            "...",
            "0000",
            "123 Main St.",
        ] {
            assert!(is_placeholder(street), "{street}");
        }
        for street in ["2600 Granary Ct", "1 A St", "11", "P.O. Box 12"] {
            assert!(!is_placeholder(street), "{street}");
        }
    }

    #[test]
    fn countries() {
        assert_eq!(read_country("U.S.A.").as_deref(), Some("US"));
        assert_eq!(read_country("us").as_deref(), Some("US"));
        assert_eq!(read_country("Atlantis"), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = (read_country(&text), read_state(&text, "US"), is_placeholder(&text));
            for country in ["US", "CA", "MX"] {
                let _ = read_zip(&text, country);
            }
        }
    }
}
