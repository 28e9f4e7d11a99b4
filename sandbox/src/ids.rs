//! Identifiers that look like Stripe's: `ch_…`, `cs_test_…`.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A fresh identifier with this prefix, e.g. `fresh("re")` or `fresh("cs_test")`.
pub(crate) fn fresh(prefix: &str) -> String {
    format!("{prefix}_{}", letters(24))
}

/// So many random letters and digits.
pub(crate) fn letters(count: usize) -> String {
    let mut bytes = vec![0_u8; count];
    if getrandom::fill(&mut bytes).is_err() {
        tracing::error!("the system gave no random bytes; sandbox identifiers will collide");
    }
    let letter = |byte: &u8| ALPHABET.get(usize::from(*byte) % ALPHABET.len()).copied();
    bytes.iter().filter_map(letter).map(char::from).collect()
}
