//! What actix refuses by itself, in our shape: query parameters, path parameters, forms.

use std::ops::RangeInclusive;

use actix_web::{error, web};

use crate::problem::{Fault, Problem};

/// A query that cannot be read: unknown, repeated or ill-valued parameters (400).
pub fn config() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|err, _| {
        let message = match err {
            error::QueryPayloadError::Deserialize(err) => err.to_string(),
            _ => "the query cannot be read".to_owned(),
        };
        let name = message.split('`').nth(1).unwrap_or_default();
        let pointer = format!("?{}", name.chars().take(100).collect::<String>());
        let detail: String = message.chars().take(500).collect();
        Problem::malformed("invalid_parameter", "A query parameter does not fit.")
            .with_fault(Fault { pointer, code: "invalid_parameter".into(), message: detail })
            .into()
    })
}

/// A text to look for, of 1 to `longest` characters (400).
pub fn text(name: &str, text: Option<String>, longest: usize) -> Result<Option<String>, Problem> {
    match &text {
        Some(said) if said.is_empty() || said.chars().count() > longest => {
            Err(does_not_fit(name, format!("1 to {longest} characters are looked for")))
        }
        Some(_) | None => Ok(text),
    }
}

/// A number within a range (400).
pub fn within(
    name: &str,
    number: Option<u32>,
    range: RangeInclusive<u32>,
) -> Result<Option<u32>, Problem> {
    match number {
        Some(number) if !range.contains(&number) => {
            let (least, most) = range.into_inner();
            Err(does_not_fit(name, format!("between {least} and {most}")))
        }
        Some(_) | None => Ok(number),
    }
}

fn does_not_fit(name: &str, message: String) -> Problem {
    Problem::malformed("invalid_parameter", "A query parameter does not fit.").with_fault(Fault {
        pointer: format!("?{name}"),
        code: "invalid_parameter".into(),
        message,
    })
}

/// A path whose id is not one of ours is a path to nothing (404).
pub fn path_config() -> web::PathConfig {
    web::PathConfig::default().error_handler(|_, _| Problem::not_found().into())
}
