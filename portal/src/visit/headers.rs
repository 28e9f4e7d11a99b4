//! The headers of every answer of the sites. Nothing inline is ever written, so the policy is one
//! constant and needs no nonce.

use super::Settings;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use domain::agency::Site;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
    require-trusted-types-for 'script'; form-action 'self'";

/// Where the hosted payment page stands.
const CHECKOUT: &str = "https://checkout.stripe.com";

const FIXED: [(&str, &str); 7] = [
    ("x-content-type-options", "nosniff"),
    // Addresses may hold tokens and ids.
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ("strict-transport-security", "max-age=31536000"),
    ("x-robots-tag", "noindex, nofollow"),
];

/// Puts them on.
pub fn dress(headers: &mut HeaderMap, kind: Site, settings: &Settings) {
    if let Ok(policy) = HeaderValue::from_str(&policy(kind, settings)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Browsers apply `form-action` to the redirect after a post as well, and drop it silently: the
/// debtor site, whose last form leads to the payment page, has to name that page's host.
fn policy(kind: Site, settings: &Settings) -> String {
    match kind {
        Site::Debtor => {
            let mut policy = format!("{POLICY} {CHECKOUT}");
            for origin in &settings.checkout_origins {
                policy.push(' ');
                policy.push_str(origin);
            }
            policy
        }
        Site::Client | Site::Workspace => POLICY.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_debtor_site_leads_to_the_payment_page() {
        let settings = Settings {
            checkout_origins: vec!["http://127.0.0.1:12111".to_owned()],
            ..Settings::default()
        };
        let debtor = policy(Site::Debtor, &settings);
        assert!(
            debtor
                .ends_with("form-action 'self' https://checkout.stripe.com http://127.0.0.1:12111")
        );
        assert!(policy(Site::Client, &settings).ends_with("form-action 'self'"));
        assert!(!debtor.contains("unsafe"));
    }
}
