//! Charts as inline SVG: classes only, so that brand, dark scheme and print follow the style
//! sheet; direct labels and dashes, so that colour never speaks alone. The numbers stand once more
//! as a table under each chart (WCAG 1.1.1); that table is the caller's.

mod axis;
mod bars;
mod line;

pub use bars::{Bar, Step, bars, waterfall};
pub use line::{Series, lines, lines_over};

use askama::filters::HtmlSafe;
use std::fmt;

/// What a chart is called, and what it says in one sentence.
#[derive(Debug, Clone)]
pub struct Caption<'a> {
    /// Unique in the page: the base of the ids of title and description.
    pub id: &'a str,
    /// The title.
    pub title: &'a str,
    /// What a reader who cannot see it should know.
    pub says: &'a str,
}

/// A finished chart: prints as SVG.
#[derive(Debug, Clone)]
pub struct Svg(String);

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Svg {}

/// How a value is written on the axis and beside its mark.
pub type Label<'a> = &'a dyn Fn(f64) -> String;

fn open(caption: &Caption<'_>, width: f64, height: f64) -> String {
    let (id, title, says) = (safe(caption.id), safe(caption.title), safe(caption.says));
    format!(
        "<svg class=\"chart\" role=\"img\" viewBox=\"0 0 {width} {height}\" \
         aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{title}</title>\
         <desc id=\"{id}-d\">{says}</desc>"
    )
}

fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caption() -> Caption<'static> {
        Caption { id: "c", title: "A & B", says: "Goes up." }
    }

    #[test]
    fn names_of_the_outside_never_become_markup() {
        let step = Step::total("<script>", 5.0);
        let svg = waterfall(&caption(), &[step], &|v| format!("{v}")).to_string();
        assert!(svg.contains("&lt;script&gt;") && svg.contains("A &amp; B"));
        assert!(!svg.contains("<script"));
    }

    #[test]
    fn nothing_is_styled_in_place() {
        let series = [Series { name: "2025-Q2", points: &[0.0, 4.0, 9.0] }];
        let svg = lines(&caption(), &series, "months", &|v| format!("{v}%")).to_string();
        assert!(!svg.contains("style") && !svg.contains("fill=") && !svg.contains("stroke="));
        assert!(svg.contains("class=\"s s1\""));
    }

    #[test]
    fn a_chart_of_nothing_is_an_empty_frame() {
        assert!(bars(&caption(), &[], &|v| format!("{v}")).to_string().ends_with("</svg>"));
        assert!(lines(&caption(), &[], "", &|v| format!("{v}")).to_string().ends_with("</svg>"));
    }
}
