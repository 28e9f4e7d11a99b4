//! A field of a form, with its label, hint and problem.

use askama::Template;
use askama::filters::HtmlSafe;

/// One input with all that belongs to it; prints itself in a template: `{{ zip }}`.
/// Made by [`crate::page::Page::field`], which knows what was wrong with it.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/field.html")]
pub struct Field {
    name: &'static str,
    label: String,
    hint: Option<String>,
    problem: Option<String>,
    value: String,
    kind: &'static str,
    autocomplete: &'static str,
    inputmode: Option<&'static str>,
    class: &'static str,
    required: bool,
    money: bool,
    lines: bool,
    wrong: bool,
}

impl HtmlSafe for Field {}

impl Field {
    /// A line of text.
    pub fn new(name: &'static str, label: impl Into<String>, problem: Option<String>) -> Self {
        Self {
            name,
            label: label.into(),
            hint: None,
            problem,
            value: String::new(),
            kind: "text",
            autocomplete: "off",
            inputmode: None,
            class: "",
            required: true,
            money: false,
            lines: false,
            wrong: false,
        }
    }

    /// What helps to fill it in.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What the person typed before.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// The `type`: `email`, `password`, `date`, `search`, `file`.
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// The `autocomplete` token (WCAG 1.3.5): `postal-code`, `one-time-code`, `username`.
    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = token;
        self
    }

    /// Digits only: a telephone shows its number pad.
    pub fn digits(mut self) -> Self {
        self.inputmode = Some("numeric");
        self
    }

    /// An amount in dollars.
    pub fn money(mut self) -> Self {
        self.inputmode = Some("decimal");
        self.money = true;
        self
    }

    /// Width by what is expected: `w2`, `w4`, `w8` characters.
    pub fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// May stay empty; the label should say so.
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// Whether a group that this field belongs to has a problem, told at the group.
    pub fn wrong(mut self, wrong: bool) -> Self {
        self.wrong = wrong;
        self
    }

    /// Several lines.
    pub fn lines(mut self) -> Self {
        self.lines = true;
        self
    }

    /// What the input shows. A date input cannot show what is no date, and the browser complains.
    fn shown(&self) -> &str {
        let is_date = || chrono::NaiveDate::parse_from_str(&self.value, "%Y-%m-%d").is_ok();
        if self.kind == "date" && !is_date() { "" } else { &self.value }
    }

    fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let problem = self.problem.as_ref().map(|_| format!("{}-problem", self.name));
        match (hint, problem) {
            (Some(hint), Some(problem)) => Some(format!("{hint} {problem}")),
            (hint, problem) => hint.or(problem),
        }
    }
}
