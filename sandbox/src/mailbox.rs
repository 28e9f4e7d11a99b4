//! The mailbox: e-mail the product wrote as `.eml` files, newest first.

pub(crate) mod eml;

use std::{path::Path, time::SystemTime};

use serde_json::json;

use self::eml::Letter;
use crate::{
    hosted::page::{escape, frame},
    server::Shared,
    wire::{
        form::Params,
        request::{Answer, Request},
    },
};

struct Filed {
    name: String,
    at: SystemTime,
    letter: Letter,
}

impl Filed {
    fn when(&self) -> String {
        let at: chrono::DateTime<chrono::Utc> = self.at.into();
        at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
    }
}

/// Answers `/_mailbox`, `/_mailbox/{name}` and `/_mailbox.json?to=…`.
pub(crate) fn serve(shared: &Shared, request: &Request) -> Answer {
    let Some(directory) = &shared.mail_dir else {
        return none(404, "No mailbox", "This sandbox was started without a mail directory.");
    };
    let params = Params::decode(&request.query, "");
    let to = params.text("/to").map(str::to_lowercase);
    let letters = read(directory).into_iter().filter(|filed| {
        to.as_ref().is_none_or(|to| filed.letter.header("to").to_lowercase().contains(to))
    });
    match request.segments().as_slice() {
        ["_mailbox.json"] => {
            let show = |filed: Filed| {
                json!({
                    "name": filed.name, "at": filed.when(), "from": filed.letter.header("from"),
                    "to": filed.letter.header("to"), "subject": filed.letter.header("subject"),
                    "text": filed.letter.text(),
                })
            };
            Answer::json(200, &json!({"data": letters.map(show).collect::<Vec<_>>()}))
        }
        ["_mailbox"] => list(letters.collect()),
        ["_mailbox", name] => {
            let mut letters = letters;
            match letters.find(|filed| filed.name == *name) {
                Some(filed) => one(&filed),
                None => none(404, "No such letter", "This letter is not in the mailbox."),
            }
        }
        _ => none(404, "Not found", "The mailbox has no such page."),
    }
}

fn none(status: u16, title: &str, text: &str) -> Answer {
    let content = format!("<h1>{}</h1><p>{}</p>", escape(title), escape(text));
    Answer::html(status, frame(title, &content))
}

fn read(directory: &Path) -> Vec<Filed> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut letters: Vec<Filed> = entries
        .filter(|entry| entry.path().extension().is_some_and(|kind| kind == "eml"))
        .filter_map(|entry| {
            let at = entry.metadata().ok()?.modified().ok()?;
            let bytes = std::fs::read(entry.path()).ok()?;
            let name = entry.file_name().to_str()?.trim_end_matches(".eml").to_owned();
            Some(Filed { name, at, letter: Letter::parse(&bytes) })
        })
        .collect();
    letters.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| other.name.cmp(&one.name)));
    letters
}

fn list(letters: Vec<Filed>) -> Answer {
    let mut rows = String::new();
    for filed in &letters {
        let subject = filed.letter.header("subject");
        let subject = if subject.is_empty() { "(no subject)".to_owned() } else { subject };
        rows.push_str(&format!(
            "<article><h2><a href=\"/_mailbox/{}\">{}</a></h2><p class=\"quiet\">to {} · {}</p></article>",
            escape(&filed.name),
            escape(&subject),
            escape(&filed.letter.header("to")),
            filed.when()
        ));
    }
    if rows.is_empty() {
        rows = "<p>No e-mail yet. Reload this page after the product sent some.</p>".to_owned();
    }
    Answer::html(200, frame("Mailbox", &format!("<h1>Mailbox</h1>{rows}")))
}

fn one(filed: &Filed) -> Answer {
    let mut heads = String::new();
    for (label, name) in [("From", "from"), ("To", "to")] {
        let value = escape(&filed.letter.header(name));
        heads.push_str(&format!("<dt>{label}</dt><dd>{value}</dd>"));
    }
    let subject = filed.letter.header("subject");
    let content = format!(
        "<p><a href=\"/_mailbox\">All e-mail</a></p><article><h1>{}</h1>\
         <dl>{heads}<dt>Written</dt><dd>{}</dd></dl><pre>{}</pre></article>",
        escape(&subject),
        filed.when(),
        linked(&filed.letter.text())
    );
    Answer::html(200, frame(&subject, &content))
}

/// Escaped text in which addresses of the web are links.
fn linked(text: &str) -> String {
    let mut html = String::new();
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let space = piece.get(word.len()..).unwrap_or_default();
        let bare = word.trim_end_matches(['.', ',', ')', '>', ';']);
        let tail = word.get(bare.len()..).unwrap_or_default();
        if bare.starts_with("http://") || bare.starts_with("https://") {
            let link = escape(bare);
            html.push_str(&format!("<a href=\"{link}\">{link}</a>{}{space}", escape(tail)));
        } else {
            html.push_str(&escape(piece));
        }
    }
    html
}
