use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Config, Mistakes> {
    Config::read(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
}

const GOOD: [(&str, &str); 7] = [
    ("DATABASE_URL", "postgres://boss:se%3Acret@db:5433/q?sslmode=require"),
    ("QUITTANCE_KEK", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ("QUITTANCE_JWT_KEY", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"),
    ("QUITTANCE_API_BIND", "0.0.0.0:8080, [::]:8080"),
    ("QUITTANCE_PUBLIC_API_URL", "https://api.example.com"),
    ("QUITTANCE_MAIL", "smtp://relay:25"),
    ("DATABASE_URL_DEBTOR", "postgres://d@replica/q"),
];

#[test]
fn each_role_gets_its_own_address() {
    let config = read(&GOOD).unwrap();
    assert_eq!(
        config.databases.agency.expose_secret(),
        "postgres://quittance_agency:se%3Acret@db:5433/q?sslmode=require"
    );
    assert_eq!(config.databases.debtor.expose_secret(), "postgres://d@replica/q");
    assert_eq!(
        database_url_of("postgres:///q?host=/run/pg", "quittance_debtor", Some("a/b")),
        "postgres://quittance_debtor:a%2Fb@/q?host=/run/pg"
    );
    assert_eq!(config.listeners.api.len(), 2);
}

#[test]
fn all_mistakes_come_at_once() {
    let mistakes = read(&[
        ("QUITTANCE_KEK", "short"),
        ("QUITTANCE_API_BIND", "8080"),
        ("QUITTANCE_PUBLIC_API_URL", "http://api.example.com"),
        ("QUITTANCE_JWT_KEY_FILE", "/nowhere/at/all"),
    ])
    .unwrap_err();
    let text = mistakes.to_string();
    for name in [
        "DATABASE_URL_AGENCY",
        "QUITTANCE_KEK",
        "QUITTANCE_API_BIND",
        "QUITTANCE_PUBLIC_API_URL",
        "QUITTANCE_JWT_KEY_FILE",
        "QUITTANCE_MAIL",
    ] {
        assert!(text.contains(name), "{name} is not mentioned in: {text}");
    }
}

#[test]
fn what_is_shown_holds_no_secret() {
    let shown = read(&GOOD).unwrap().to_string();
    for secret in ["cret", "AAAA", "BEGIN"] {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
}
