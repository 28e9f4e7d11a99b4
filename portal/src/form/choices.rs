//! A question with one answer out of a few.

use askama::Template;
use askama::filters::HtmlSafe;

/// Radio buttons under one question. Nothing is chosen beforehand: on money and consent that would
/// be steering. Made by [`crate::page::Page::choices`].
#[derive(Debug, Clone, Template)]
#[template(path = "parts/choices.html")]
pub struct Choices {
    name: &'static str,
    question: String,
    hint: Option<String>,
    problem: Option<String>,
    options: Vec<Choice>,
    chosen: String,
    as_heading: bool,
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is posted.
    pub value: String,
    /// What is read.
    pub label: String,
    /// More about it.
    pub hint: Option<String>,
}

impl HtmlSafe for Choices {}

impl Choices {
    /// A question.
    pub fn new(name: &'static str, question: impl Into<String>, problem: Option<String>) -> Self {
        Self {
            name,
            question: question.into(),
            hint: None,
            problem,
            options: Vec::new(),
            chosen: String::new(),
            as_heading: false,
        }
    }

    /// One more answer.
    pub fn option(mut self, value: impl Into<String>, label: impl Into<String>) -> Self {
        self.options.push(Choice { value: value.into(), label: label.into(), hint: None });
        self
    }

    /// One more answer, with a word about it.
    pub fn explained(
        mut self,
        value: impl Into<String>,
        label: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let hint = Some(hint.into());
        self.options.push(Choice { value: value.into(), label: label.into(), hint });
        self
    }

    /// What helps to choose.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The heading of the page asks the question already: it is not shown twice.
    pub fn as_heading(mut self) -> Self {
        self.as_heading = true;
        self
    }

    /// What the person chose before.
    pub fn chosen(mut self, value: impl Into<String>) -> Self {
        self.chosen = value.into();
        self
    }
}
