use super::*;
use proptest::prelude::*;

fn regular() -> &'static Face {
    faces().unwrap().get(Weight::Regular)
}

#[test]
fn figures_are_all_as_wide_so_that_columns_stand() {
    let width = regular().width("0", 10.0);
    assert!(width > 0.0);
    for digit in '1'..='9' {
        assert!((regular().width(&digit.to_string(), 10.0) - width).abs() < 1e-4);
    }
}

#[test]
fn a_sign_that_is_lacking_is_spelled_and_remembered() {
    let shaped = regular().shape("Li 张");
    assert_eq!(shaped.text, "Li [U+5F20]");
    assert_eq!(shaped.actual.as_deref(), Some("Li 张"));
    assert!(regular().shape("Nguyễn Ñ").actual.is_none());
}

#[test]
fn two_words_that_read_backwards_stay_in_their_order() {
    assert_eq!(runs("Ana שרה כהן 12"), [0..4, 4..17, 17..20]);
    assert_eq!(runs("abc").first(), Some(&(0..3)));
    assert!(runs("").is_empty());
}

proptest! {
    #[test]
    fn whatever_a_text_is_nothing_of_it_has_no_shape(text in "\\PC{0,24}") {
        let shaped = regular().shape(&text);
        prop_assert!(shaped.glyphs.iter().all(|glyph| glyph.glyph_id.to_u32() != 0));
        for glyph in &shaped.glyphs {
            prop_assert!(shaped.text.get(glyph.text_range.clone()).is_some_and(|part| !part.is_empty()));
        }
        let all: f32 = shaped.glyphs.iter().map(|glyph| glyph.x_advance).sum();
        prop_assert!((all - shaped.width).abs() < 1e-3);
        prop_assert!((regular().width(&text, 1.0) - shaped.width).abs() < 1e-3);
    }
}
