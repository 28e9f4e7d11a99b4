//! Crockford's base 32: no I, L, O or U, so that a person can read it aloud and type it.

const ALPHABET: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j',
    'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'v', 'w', 'x', 'y', 'z',
];

/// The lower-case digit for a value below 32 (higher bits are ignored).
pub fn digit(value: u8) -> char {
    ALPHABET.get(usize::from(value & 31)).copied().unwrap_or('0')
}

/// The value of a digit; upper case, and the look-alikes I, L and O, are accepted.
pub fn value(digit: char) -> Option<u8> {
    let digit = match digit.to_ascii_lowercase() {
        'i' | 'l' => '1',
        'o' => '0',
        other => other,
    };
    ALPHABET.iter().position(|d| *d == digit).and_then(|at| u8::try_from(at).ok())
}

/// 128 bits as 26 digits, most significant first: sorts like the number.
pub fn encode_u128(number: u128) -> String {
    (0..26u32).rev().map(|at| digit(u8::try_from((number >> (at * 5)) & 31).unwrap_or(0))).collect()
}

/// The inverse of [`encode_u128`]: exactly 26 canonical (lower-case) digits that fit 128 bits.
pub fn decode_u128(text: &str) -> Option<u128> {
    if text.len() != 26 {
        return None;
    }
    let mut number: u128 = 0;
    for (at, c) in text.chars().enumerate() {
        let v = value(c).filter(|v| digit(*v) == c)?;
        if at == 0 && v > 7 {
            return None;
        }
        number = (number << 5) | u128::from(v);
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_encoded_decodes(number: u128) {
            prop_assert_eq!(decode_u128(&encode_u128(number)), Some(number));
        }

        #[test]
        fn order_is_kept(a: u128, b: u128) {
            prop_assert_eq!(encode_u128(a).cmp(&encode_u128(b)), a.cmp(&b));
        }
    }

    #[test]
    fn refuses_what_it_would_not_write() {
        assert_eq!(decode_u128("8zzzzzzzzzzzzzzzzzzzzzzzzz"), None);
        assert_eq!(decode_u128("0000000000000000000000000I"), None);
        assert_eq!(decode_u128("short"), None);
    }
}
