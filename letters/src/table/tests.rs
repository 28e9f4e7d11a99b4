use super::wrap;
use crate::face::{Weight, faces};
use proptest::prelude::*;

#[test]
fn lines_break_at_blanks_and_inside_words_only_when_they_must() {
    let face = faces().unwrap().get(Weight::Regular);
    let width = face.width("Maximiliana", 8.0) + 1.0;
    assert_eq!(wrap(face, "Maximiliana Ann", 8.0, width), ["Maximiliana ", "Ann"]);
    let broken = wrap(face, "MaximilianaMaximiliana", 8.0, width);
    assert_eq!(broken.concat(), "MaximilianaMaximiliana");
    assert!(broken.len() > 1);
    assert_eq!(wrap(face, "one\ntwo", 8.0, 500.0), ["one", "two"]);
    assert_eq!(wrap(face, "", 8.0, 500.0), [""]);
}

proptest! {
    #[test]
    fn breaking_loses_nothing_and_every_line_fits(
        text in "[A-Za-zé0-9 ,/-]{0,60}", width in 20.0_f32..120.0,
    ) {
        let face = faces().unwrap().get(Weight::Regular);
        let lines = wrap(face, &text, 8.0, width);
        prop_assert_eq!(lines.concat(), text);
        for line in lines {
            prop_assert!(face.width(line.trim_end(), 8.0) <= width);
        }
    }
}
