//! A choice out of a list of terms, with one chosen as usual.

use askama::Template;
use askama::filters::HtmlSafe;

/// A drop-down list; for terms between businesses, where the usual one may be chosen beforehand.
/// Made by [`crate::page::Page::select`].
#[derive(Debug, Clone, Template)]
#[template(path = "parts/select.html")]
pub struct Select {
    name: &'static str,
    label: String,
    problem: Option<String>,
    options: Vec<(String, String)>,
    chosen: String,
}

impl HtmlSafe for Select {}

impl Select {
    /// A list without options.
    pub fn new(name: &'static str, label: impl Into<String>, problem: Option<String>) -> Self {
        Self { name, label: label.into(), problem, options: Vec::new(), chosen: String::new() }
    }

    /// One more option: what is posted, and what is read.
    pub fn option(mut self, value: impl Into<String>, words: impl Into<String>) -> Self {
        self.options.push((value.into(), words.into()));
        self
    }

    /// What is chosen.
    pub fn chosen(mut self, value: impl Into<String>) -> Self {
        self.chosen = value.into();
        self
    }
}
