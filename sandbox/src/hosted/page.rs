//! The HTML of the hosted pages. Everything that was typed by somebody is escaped.

use serde_json::Value;

use super::words::Tongue;
use crate::{
    checkout,
    instruments::{BANKS, CARDS, ROUTING},
};

const STYLE: &str = include_str!("page.css");

/// Text as HTML text or attribute value.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A whole page in English; `title` is text, `content` is HTML.
pub(crate) fn frame(title: &str, content: &str) -> String {
    page(Tongue::English, title, content)
}

fn page(tongue: Tongue, title: &str, content: &str) -> String {
    let title = escape(title);
    let (lang, warning) = (
        tongue.code(),
        tongue.say("No money moves here. Never enter a real card or bank account."),
    );
    format!(
        "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · Sandbox</title><style>{STYLE}</style></head><body>\
         <p class=\"banner\" role=\"note\"><strong>SANDBOX</strong> {warning}</p>\
         <main>{content}</main></body></html>\n"
    )
}

/// One message, perhaps with a way on.
pub(super) fn notice(
    tongue: Tongue,
    title: &str,
    text: &str,
    link: Option<(&str, &str)>,
) -> String {
    let (title, text) = (tongue.say(title), tongue.say(text));
    let on = link.filter(|(url, _)| web(url)).map(|(url, label)| {
        let label = escape(tongue.say(label));
        format!("<p><a class=\"button\" href=\"{}\">{label}</a></p>", escape(url))
    });
    let on = on.unwrap_or_default();
    page(tongue, title, &format!("<h1>{}</h1><p>{}</p>{on}", escape(title), escape(text)))
}

/// Only addresses of the web become links.
fn web(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// What a curious visitor of `/` sees.
pub(super) fn home() -> String {
    frame(
        "Sandbox",
        "<h1>Payment sandbox</h1><p>This server stands in for Stripe while the product is tried \
         out or tested.</p><ul><li><a href=\"/_mailbox\">Mailbox</a>: the e-mail the product \
         sent.</li><li><a href=\"/_sim/deliveries\">Webhook deliveries</a></li>\
         <li><a href=\"/_sim/requests\">Requests</a></li></ul>",
    )
}

/// The 3-D Secure question of the cardholder's bank.
pub(super) fn challenge(tongue: Tongue, amount: &str) -> String {
    page(
        tongue,
        tongue.say("Confirm it is you"),
        &format!(
            "<h1>{}</h1><p>{} <strong>{}</strong></p><form method=\"post\" class=\"choices\">\
             <button class=\"primary\" name=\"answer\" value=\"approve\">{}</button>\
             <button name=\"answer\" value=\"fail\">{}</button></form>",
            tongue.say("Your bank asks: is it you?"),
            tongue.say("A payment with your test card waits for your answer:"),
            escape(amount),
            tongue.say("Approve the payment"),
            tongue.say("Fail the authentication"),
        ),
    )
}

/// The page of an open session.
pub(super) fn checkout(session: &Value, amount: &str, error: Option<&str>) -> String {
    let tongue = Tongue::of(session);
    let kinds = checkout::kinds(session);
    let takes = |kind: &str| kinds.iter().any(|one| one == kind);
    let mut content = summary(session, amount);
    if let Some(sentence) = error {
        content.push_str(&format!(
            "<p class=\"error\" role=\"alert\"><strong>{}</strong> {}</p>",
            tongue.say("Not paid."),
            escape(tongue.say(sentence))
        ));
    }
    if takes("card") {
        content.push_str(&card_section(session, amount));
    }
    if takes("us_bank_account") {
        content.push_str(&bank_section(tongue, amount));
    }
    if let Some(url) = session["cancel_url"].as_str().filter(|url| web(url)) {
        content.push_str(&format!(
            "<p class=\"back\"><a href=\"{}\">{}</a></p>",
            escape(url),
            tongue.say("Cancel and return to the merchant")
        ));
    }
    page(tongue, &format!("{} {amount}", tongue.say("Pay")), &content)
}

fn summary(session: &Value, amount: &str) -> String {
    let mut lines = String::new();
    for item in session["_line_items"].as_array().into_iter().flatten() {
        let name = item["description"].as_str().unwrap_or_default();
        lines.push_str(&format!("<p class=\"item\">{}</p>", escape(name)));
    }
    let note = session["_text"].as_str().map(|text| format!("<p>{}</p>", escape(text)));
    format!(
        "<header><h1><span class=\"quiet\">{}</span> {}</h1>{lines}{}</header>",
        Tongue::of(session).say("Pay"),
        escape(amount),
        note.unwrap_or_default()
    )
}

/// A labelled field; `rest` are further attributes.
fn field(name: &str, label: &str, rest: &str) -> String {
    format!(
        "<div><label for=\"{name}\">{label}</label><input id=\"{name}\" name=\"{name}\"{rest}></div>"
    )
}

fn card_section(session: &Value, amount: &str) -> String {
    let tongue = Tongue::of(session);
    let email = escape(session["customer_email"].as_str().unwrap_or_default());
    let optional = |label: &str| {
        let hint = tongue.say("(optional)");
        format!("{} <span class=\"quiet\">{hint}</span>", tongue.say(label))
    };
    let digits = " inputmode=\"numeric\" required";
    format!(
        "<section aria-labelledby=\"by-card\"><h2 id=\"by-card\">{}</h2>\
         <form method=\"post\" autocomplete=\"off\">{}{}{}<div class=\"pair\">{}{}</div>\
         <button class=\"primary\">{} {} {}</button></form>{}</section>",
        tongue.say("Card"),
        field("email", &optional("Email"), &format!(" type=\"email\" value=\"{email}\"")),
        field("name", &optional("Name on card"), ""),
        field(
            "number",
            tongue.say("Card number"),
            &format!("{digits} maxlength=\"23\" placeholder=\"4000 0566 5566 5556\"")
        ),
        field(
            "expiry",
            tongue.say("Expires (MM/YY)"),
            &format!("{digits} maxlength=\"9\" placeholder=\"12/34\"")
        ),
        field(
            "cvc",
            tongue.say("Security code"),
            &format!("{digits} maxlength=\"4\" placeholder=\"123\"")
        ),
        tongue.say("Pay"),
        escape(amount),
        tongue.say("by card"),
        test_cards(session, tongue)
    )
}

fn test_cards(session: &Value, tongue: Tongue) -> String {
    let (mut taken, mut refused) = (String::new(), String::new());
    for card in CARDS {
        let blocked = checkout::blocks(session, card.funding);
        let list = if blocked { &mut refused } else { &mut taken };
        let tag = if blocked {
            let why = format!("{} cards are not accepted", card.funding);
            format!(" <span class=\"tag\">{}</span>", tongue.say(&why))
        } else {
            String::new()
        };
        list.push_str(&test_button("number", card.number, card.label, &tag));
    }
    format!(
        "{}{}",
        test_list(tongue.say("Or pay at once with a test card"), &taken, true),
        test_list(tongue.say("Test cards this payment does not accept"), &refused, false)
    )
}

/// `tag` is HTML.
fn test_button(name: &str, value: &str, label: &str, tag: &str) -> String {
    format!(
        "<li><button name=\"{name}\" value=\"{value}\"><span>{}{tag}</span>\
         <span class=\"digits\">{}</span></button></li>",
        escape(label),
        spaced(value)
    )
}

/// Buttons that pay without typing; nothing when there are none.
fn test_list(title: &str, buttons: &str, open: bool) -> String {
    if buttons.is_empty() {
        return String::new();
    }
    let open = if open { " open" } else { "" };
    format!(
        "<details{open}><summary>{title}</summary><form method=\"post\">\
         <input type=\"hidden\" name=\"chosen\" value=\"yes\">\
         <ul class=\"tests\">{buttons}</ul></form></details>"
    )
}

fn bank_section(tongue: Tongue, amount: &str) -> String {
    let buttons: String =
        BANKS.iter().map(|bank| test_button("account", bank.account, bank.label, "")).collect();
    let digits = " inputmode=\"numeric\" required";
    format!(
        "<section aria-labelledby=\"by-bank\"><h2 id=\"by-bank\">{}</h2>\
         <form method=\"post\" autocomplete=\"off\"><div class=\"pair\">{}{}</div>\
         <p class=\"quiet\">{}</p>\
         <button class=\"primary\">{} {} {}</button></form>{}</section>",
        tongue.say("US bank account (ACH)"),
        field(
            "routing",
            tongue.say("Routing number"),
            &format!("{digits} maxlength=\"9\" value=\"{ROUTING}\"")
        ),
        field(
            "account",
            tongue.say("Account number"),
            &format!("{digits} maxlength=\"17\" placeholder=\"000123456789\"")
        ),
        tongue.say(MANDATE),
        tongue.say("Pay"),
        escape(amount),
        tongue.say("by bank account"),
        test_list(tongue.say("Or pay at once with a test bank account"), &buttons, false)
    )
}

const MANDATE: &str = "By paying by bank account you authorize this sandbox to pretend to debit \
                       the account for the amount above, and to pretend to correct errors. A real \
                       page shows the debit authorization (Nacha) here.";

/// `4242 4242 4242 4242`.
fn spaced(number: &str) -> String {
    let mut spaced = String::new();
    for (index, digit) in number.chars().enumerate() {
        if index > 0 && index.checked_rem(4) == Some(0) {
            spaced.push(' ');
        }
        spaced.push(digit);
    }
    spaced
}
