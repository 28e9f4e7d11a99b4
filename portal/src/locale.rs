//! The two languages of the debtor site, and how money, dates and times are written in them.
//!
//! Texts live in `locales/{en,es}/*.ftl` and are compiled in. A key starts with the screen it
//! belongs to (`hub-total`). A missing text is a failing test, never a page.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;
use domain::agency::Language;
use domain::{Currency, Money};
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;

fluent_templates::static_loader! {
    static TEXTS = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// Reads a language tag: `es`, `es-MX`.
pub fn read(tag: &str) -> Option<Language> {
    let primary = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
    Language::parse(&primary)
}

/// The best of an `Accept-Language` header; English when none fits.
pub fn accepted(header: &str) -> Language {
    let weight = |part: &str| {
        let quality = part.split_once(";q=").map_or("1", |(_, q)| q);
        quality.trim().parse::<f32>().unwrap_or(0.0)
    };
    let best = header
        .split(',')
        .filter_map(|part| Some((read(part.split(';').next()?)?, weight(part))))
        .filter(|(_, weight)| *weight > 0.0)
        .reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map_or(Language::English, |(language, _)| language)
}

/// Words, money and dates in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loc {
    /// The language.
    pub language: Language,
}

impl Loc {
    /// The words of this language.
    pub fn new(language: Language) -> Self {
        Self { language }
    }

    /// The BCP 47 tag, for the attribute `lang`.
    pub fn tag(&self) -> &'static str {
        self.language.name()
    }

    /// The other language, offered by the switch.
    pub fn other(&self) -> Self {
        Self::new(match self.language {
            Language::English => Language::Spanish,
            Language::Spanish => Language::English,
        })
    }

    /// The language's name in its own words.
    pub fn own_name(&self) -> &'static str {
        match self.language {
            Language::English => "English",
            Language::Spanish => "Español",
        }
    }

    /// A text.
    pub fn t(&self, key: &str) -> String {
        TEXTS.lookup(self.id(), key)
    }

    /// A text with variables: `page.ta("hub-until", [("date", &date)])`.
    pub fn ta(&self, key: &str, variables: &[(&'static str, &dyn Display)]) -> String {
        let variables: HashMap<Cow<'static, str>, FluentValue<'_>> = variables
            .iter()
            .map(|(name, value)| (Cow::Borrowed(*name), FluentValue::from(value.to_string())))
            .collect();
        TEXTS.lookup_with_args(self.id(), key, &variables)
    }

    /// A text whose form follows a count, given to it as `$n`.
    pub fn n(&self, key: &str, count: usize) -> String {
        let variables = HashMap::from([(Cow::Borrowed("n"), FluentValue::from(count))]);
        TEXTS.lookup_with_args(self.id(), key, &variables)
    }

    /// `$2,284.56`; a minus is a real minus: `−$50.00`.
    pub fn money(&self, money: &Money) -> String {
        money.to_display(Currency::Usd).replace('-', "\u{2212}")
    }

    /// With its sign always shown: `+$75.00`, `−$50.00`.
    pub fn change(&self, money: &Money) -> String {
        let plain = self.money(money);
        if money.is_positive() { format!("+{plain}") } else { plain }
    }

    /// What was taken off: `−$50.00`; nothing off is `$0.00`.
    pub fn less(&self, money: &Money) -> String {
        self.change(&money.negated().unwrap_or(*money))
    }

    /// `December 28, 2026`; `28 de diciembre de 2026`.
    pub fn date(&self, date: &NaiveDate) -> String {
        let month = self.month(date.month0());
        match self.language {
            Language::English => format!("{month} {}, {}", date.day(), date.year()),
            Language::Spanish => format!("{} de {month} de {}", date.day(), date.year()),
        }
    }

    /// `Dec 28, 2026`, for tables of the client site and the workspace.
    pub fn short_date(&self, date: &NaiveDate) -> String {
        let month: String = self.month(date.month0()).chars().take(3).collect();
        match self.language {
            Language::English => format!("{month} {}, {}", date.day(), date.year()),
            Language::Spanish => format!("{} {month} {}", date.day(), date.year()),
        }
    }

    /// The date of an instant where the reader is.
    pub fn day(&self, at: &DateTime<Utc>, zone: Tz) -> String {
        self.date(&at.with_timezone(&zone).date_naive())
    }

    /// `10:42 AM`; `10:42 a. m.`
    pub fn time(&self, at: &DateTime<Utc>, zone: Tz) -> String {
        let local = at.with_timezone(&zone);
        let (afternoon, hour) = local.hour12();
        let half = match (self.language, afternoon) {
            (Language::English, false) => "AM",
            (Language::English, true) => "PM",
            (Language::Spanish, false) => "a. m.",
            (Language::Spanish, true) => "p. m.",
        };
        format!("{hour}:{:02} {half}", local.minute())
    }

    /// `Dec 28, 2026, 10:42 AM`.
    pub fn moment(&self, at: &DateTime<Utc>, zone: Tz) -> String {
        let day = self.short_date(&at.with_timezone(&zone).date_naive());
        format!("{day}, {}", self.time(at, zone))
    }

    fn id(&self) -> &'static LanguageIdentifier {
        static EN: LanguageIdentifier = langid!("en");
        static ES: LanguageIdentifier = langid!("es");
        match self.language {
            Language::English => &EN,
            Language::Spanish => &ES,
        }
    }

    fn month(&self, month0: u32) -> &'static str {
        const EN: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        const ES: [&str; 12] = [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ];
        let names = match self.language {
            Language::English => EN,
            Language::Spanish => ES,
        };
        usize::try_from(month0).ok().and_then(|at| names.get(at).copied()).unwrap_or("")
    }
}

#[cfg(test)]
mod tests;
