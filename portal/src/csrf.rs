//! Forged posts: a token in every form, tied to the visitor's cookie.
//!
//! The token is an HMAC under the 256-bit value of the `__Host-` cookie, which no other site can
//! read, set or guess; so it needs no row and works before anybody has signed in. It is masked anew
//! in each page, since pages are compressed (BREACH).

use crate::refusal::Refusal;
use crate::visit::Visit;
use actix_web::HttpRequest;
use actix_web::http::header;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

const SIZE: usize = 32;

/// A token for the forms of one page, masked with random bytes.
pub fn token(cookie: &str) -> String {
    let mut mask = [0_u8; SIZE];
    if getrandom::fill(&mut mask).is_err() {
        return String::new();
    }
    let masked = mask.iter().zip(plain(cookie)).map(|(mask, byte)| mask ^ byte);
    let both: Vec<u8> = mask.iter().copied().chain(masked).collect();
    BASE64.encode(both)
}

/// Refuses a post that did not come from one of our own pages shown to this visitor.
///
/// `Origin: null` passes: under our `Referrer-Policy: no-referrer` browsers send it for our own
/// forms too. The token decides.
pub fn check(request: &HttpRequest, visit: &Visit, token: &str) -> Result<(), Refusal> {
    let said = |name: header::HeaderName| request.headers().get(name).and_then(|v| v.to_str().ok());
    let site = request.headers().get("sec-fetch-site").and_then(|v| v.to_str().ok());
    if matches!(site, Some("cross-site" | "same-site")) {
        return Err(Refusal::ForeignForm);
    }
    let host = said(header::HOST).unwrap_or("");
    if let Some(origin) = said(header::ORIGIN).filter(|origin| *origin != "null") {
        let from = origin.split_once("://").map_or("", |(_, host)| host);
        if !from.eq_ignore_ascii_case(host) {
            return Err(Refusal::ForeignForm);
        }
    }
    if fits(token, &visit.cookie()) { Ok(()) } else { Err(Refusal::ForeignForm) }
}

fn fits(token: &str, cookie: &str) -> bool {
    let Ok(both) = BASE64.decode(token) else { return false };
    let Some((mask, masked)) = both.split_at_checked(SIZE) else { return false };
    let given: Vec<u8> = mask.iter().zip(masked).map(|(mask, byte)| mask ^ byte).collect();
    given.len() == SIZE && bool::from(given.ct_eq(&plain(cookie)))
}

fn plain(cookie: &str) -> [u8; SIZE] {
    match Hmac::<Sha256>::new_from_slice(cookie.as_bytes()) {
        Ok(mut mac) => {
            mac.update(b"form");
            mac.finalize().into_bytes().into()
        }
        Err(_) => [0; SIZE],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_only_its_own_cookie() {
        let token = token("mine");
        assert!(fits(&token, "mine"));
        assert!(!fits(&token, "yours"));
        assert!(!fits("", "mine") && !fits("AAAA", "mine") && !fits(&token[..40], "mine"));
    }

    #[test]
    fn each_page_has_its_own_mask() {
        assert_ne!(token("mine"), token("mine"));
    }
}
