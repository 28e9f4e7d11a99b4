//! The HTML of the hosted pages. Everything that was typed by somebody is escaped.

use serde_json::Value;

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

/// A whole page; `title` is text, `content` is HTML.
pub(crate) fn frame(title: &str, content: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · Sandbox</title><style>{STYLE}</style></head><body>\
         <p class=\"banner\" role=\"note\"><strong>SANDBOX</strong> No money moves here. \
         Never enter a real card or bank account.</p>\
         <main>{content}</main></body></html>\n"
    )
}

/// One message, perhaps with a way on.
pub(super) fn notice(title: &str, text: &str, link: Option<(&str, &str)>) -> String {
    let on = link.filter(|(url, _)| web(url)).map(|(url, label)| {
        format!("<p><a class=\"button\" href=\"{}\">{}</a></p>", escape(url), escape(label))
    });
    let on = on.unwrap_or_default();
    frame(title, &format!("<h1>{}</h1><p>{}</p>{on}", escape(title), escape(text)))
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
pub(super) fn challenge(amount: &str, action: &str) -> String {
    frame(
        "Confirm it is you",
        &format!(
            "<h1>Your bank asks: is it you?</h1>\
             <p>A payment of <strong>{}</strong> with your test card waits for your answer.</p>\
             <form method=\"post\" action=\"{}\" class=\"choices\">\
             <button class=\"primary\" name=\"answer\" value=\"approve\">Approve the payment</button>\
             <button name=\"answer\" value=\"fail\">Fail the authentication</button></form>",
            escape(amount),
            escape(action)
        ),
    )
}

/// The page of an open session.
pub(super) fn checkout(session: &Value, amount: &str, error: Option<&str>) -> String {
    let kinds = checkout::kinds(session);
    let takes = |kind: &str| kinds.iter().any(|one| one == kind);
    let error = error.map(|sentence| {
        format!(
            "<p class=\"error\" role=\"alert\" id=\"error\"><strong>Not paid.</strong> {}</p>",
            escape(sentence)
        )
    });
    let mut content = format!("{}{}", summary(session, amount), error.unwrap_or_default());
    if takes("card") {
        content.push_str(&card_section(session, amount));
    }
    if takes("us_bank_account") {
        content.push_str(&bank_section(amount));
    }
    if let Some(url) = session["cancel_url"].as_str().filter(|url| web(url)) {
        let link = format!(
            "<p class=\"back\"><a href=\"{}\">Cancel and return to the merchant</a></p>",
            escape(url)
        );
        content.push_str(&link);
    }
    frame(&format!("Pay {amount}"), &content)
}

fn summary(session: &Value, amount: &str) -> String {
    let mut lines = String::new();
    for item in session["_line_items"].as_array().into_iter().flatten() {
        let name = item["description"].as_str().unwrap_or_default();
        lines.push_str(&format!("<p class=\"item\">{}</p>", escape(name)));
    }
    let note = session["_text"].as_str().map(|text| format!("<p>{}</p>", escape(text)));
    format!(
        "<header><h1><span class=\"quiet\">Pay</span> {}</h1>{lines}{}</header>",
        escape(amount),
        note.unwrap_or_default()
    )
}

fn card_section(session: &Value, amount: &str) -> String {
    let email = session["customer_email"].as_str().unwrap_or_default();
    let (mut taken, mut refused) = (String::new(), String::new());
    for card in CARDS {
        let blocked = checkout::blocks(session, card.funding);
        let list = if blocked { &mut refused } else { &mut taken };
        let tag = if blocked {
            format!(" <span class=\"tag\">{} cards are not accepted</span>", card.funding)
        } else {
            String::new()
        };
        list.push_str(&format!(
            "<li><button name=\"number\" value=\"{}\"><span>{}{tag}</span>\
             <span class=\"digits\">{}</span></button></li>",
            card.number,
            escape(card.label),
            spaced(card.number)
        ));
    }
    let tests = format!(
        "{}{}",
        test_list("Or pay at once with a test card", &taken, true),
        test_list("Test cards this payment does not accept", &refused, false)
    );
    let amount = escape(amount);
    format!(
        "<section aria-labelledby=\"by-card\"><h2 id=\"by-card\">Card</h2>\
         <form method=\"post\" autocomplete=\"off\">\
         <label for=\"email\">Email <span class=\"quiet\">(optional)</span></label>\
         <input id=\"email\" name=\"email\" type=\"email\" value=\"{}\">\
         <label for=\"name\">Name on card <span class=\"quiet\">(optional)</span></label>\
         <input id=\"name\" name=\"name\">\
         <label for=\"number\">Card number</label>\
         <input id=\"number\" name=\"number\" inputmode=\"numeric\" required maxlength=\"23\" placeholder=\"4000 0566 5566 5556\">\
         <div class=\"pair\"><div><label for=\"expiry\">Expires (MM/YY)</label>\
         <input id=\"expiry\" name=\"expiry\" inputmode=\"numeric\" required maxlength=\"9\" placeholder=\"12 / 34\"></div>\
         <div><label for=\"cvc\">Security code</label>\
         <input id=\"cvc\" name=\"cvc\" inputmode=\"numeric\" required maxlength=\"4\" placeholder=\"123\"></div></div>\
         <button class=\"primary\">Pay {amount} by card</button></form>\
         {tests}</section>",
        escape(email)
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

fn bank_section(amount: &str) -> String {
    let mut banks = String::new();
    for bank in BANKS {
        banks.push_str(&format!(
            "<li><button name=\"account\" value=\"{0}\"><span>{1}</span>\
             <span class=\"digits\">{0}</span></button></li>",
            bank.account,
            escape(bank.label)
        ));
    }
    let amount = escape(amount);
    let mandate = "By paying by bank account you authorize this sandbox to pretend to debit the \
                   account for the amount above, and to pretend to correct errors. A real page \
                   shows the debit authorization (Nacha) here.";
    format!(
        "<section aria-labelledby=\"by-bank\"><h2 id=\"by-bank\">US bank account (ACH)</h2>\
         <form method=\"post\" autocomplete=\"off\">\
         <div class=\"pair\"><div><label for=\"routing\">Routing number</label>\
         <input id=\"routing\" name=\"routing\" inputmode=\"numeric\" required maxlength=\"9\" value=\"{ROUTING}\"></div>\
         <div><label for=\"account\">Account number</label>\
         <input id=\"account\" name=\"account\" inputmode=\"numeric\" required maxlength=\"17\" placeholder=\"000123456789\"></div></div>\
         <p class=\"quiet\">{mandate}</p>\
         <button class=\"primary\">Pay {amount} by bank account</button></form>\
         {}</section>",
        test_list("Or pay at once with a test bank account", &banks, false)
    )
}

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
