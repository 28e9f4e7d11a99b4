//! The typeface: from text to placed glyphs, and how wide they are.
//!
//! It comes with a crate rather than from the machine, so that a statement that is printed again in
//! another year on another server is the same. It covers Latin (Vietnamese too), Greek, Cyrillic,
//! Armenian, Georgian, Hebrew and Arabic. A sign that it lacks is printed as its Unicode number, such
//! as `[U+5F20]`, and stays itself for search, copying and screen readers: nothing vanishes.

use crate::LetterError;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::UnicodeBuffer;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

pub(crate) struct Faces {
    regular: Face,
    bold: Face,
}

impl Faces {
    pub(crate) fn get(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }
}

/// Both weights; read once.
pub(crate) fn faces() -> Result<&'static Faces, LetterError> {
    static FACES: LazyLock<Option<Faces>> = LazyLock::new(|| {
        Some(Faces {
            regular: Face::read(dejavu::sans_condensed::regular())?,
            bold: Face::read(dejavu::sans_condensed::bold())?,
        })
    });
    FACES.as_ref().ok_or_else(|| LetterError::Press("the typeface cannot be read".to_owned()))
}

pub(crate) struct Face {
    pub(crate) font: Font,
    shaper: rustybuzz::Face<'static>,
    em: f32,
    /// Glyph and advance of the signs below 128, which are most of all text.
    ascii: Vec<Option<(GlyphId, f32)>>,
}

/// Text as glyphs. Widths are in ems.
#[derive(Debug, Clone)]
pub(crate) struct Shaped {
    /// What the glyphs stand for.
    pub(crate) text: String,
    pub(crate) glyphs: Vec<KrillaGlyph>,
    pub(crate) width: f32,
    /// The text as it was, where signs were replaced by their number.
    pub(crate) actual: Option<String>,
}

impl Face {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let font = Font::new(bytes.into(), 0)?;
        let shaper = rustybuzz::Face::from_slice(bytes, 0)?;
        let em = f32::from(shaper.units_per_em().try_into().ok().filter(|em: &i16| *em > 0)?);
        let mut face = Self { font, shaper, em, ascii: Vec::new() };
        face.ascii = (0_u8..128).map(|sign| face.look_up(char::from(sign))).collect();
        Some(face)
    }

    fn look_up(&self, sign: char) -> Option<(GlyphId, f32)> {
        let glyph = self.shaper.glyph_index(sign)?;
        let advance = self.shaper.glyph_hor_advance(glyph)?;
        Some((GlyphId::new(u32::from(glyph.0)), f32::from(advance) / self.em))
    }

    fn plain(&self, sign: char) -> Option<(GlyphId, f32)> {
        match usize::try_from(u32::from(sign)) {
            Ok(at) if at < 128 => self.ascii.get(at).copied().flatten(),
            _ if stands_alone(sign) => self.look_up(sign),
            _ => None,
        }
    }

    /// How wide a text is at a size, in points.
    pub(crate) fn width(&self, text: &str, size: f32) -> f32 {
        let mut width = 0.0;
        for sign in text.chars() {
            match self.plain(sign) {
                Some((_, advance)) => width += advance,
                None => return self.shape(text).width * size,
            }
        }
        width * size
    }

    /// The glyphs of a text on one line.
    pub(crate) fn shape(&self, text: &str) -> Shaped {
        let text = clean(text);
        if let Some(shaped) = self.set(&text) {
            return shaped;
        }
        match self.shape_scripts(&text) {
            Ok(shaped) => shaped,
            Err(lacking) => {
                let spelled = spell(&text, &lacking);
                let mut shaped =
                    self.shape_scripts(&spelled).unwrap_or_else(|_| self.fall_back(&spelled));
                shaped.actual = Some(text.into_owned());
                shaped
            }
        }
    }

    /// Signs that need no more than to stand side by side.
    fn set(&self, text: &str) -> Option<Shaped> {
        let mut glyphs = Vec::with_capacity(text.len());
        let mut width = 0.0;
        for (at, sign) in text.char_indices() {
            let (glyph, advance) = self.plain(sign)?;
            glyphs.push(place(glyph, advance, 0.0, 0.0, at..at + sign.len_utf8()));
            width += advance;
        }
        Some(Shaped { text: text.to_owned(), glyphs, width, actual: None })
    }

    /// Text in any script, run by run; or where signs are lacking.
    fn shape_scripts(&self, text: &str) -> Result<Shaped, Vec<Range<usize>>> {
        let mut shaped =
            Shaped { text: text.to_owned(), glyphs: Vec::new(), width: 0.0, actual: None };
        let mut lacking = Vec::new();
        for run in runs(text) {
            let mut buffer = UnicodeBuffer::new();
            buffer.push_str(text.get(run.clone()).unwrap_or_default());
            buffer.guess_segment_properties();
            let backwards = buffer.direction() == rustybuzz::Direction::RightToLeft;
            let output = rustybuzz::shape(&self.shaper, &[], buffer);
            let clusters: Vec<usize> = output
                .glyph_infos()
                .iter()
                .map(|glyph| run.start + usize::try_from(glyph.cluster).unwrap_or_default())
                .collect();
            let em = |units: i32| f32::from(i16::try_from(units).unwrap_or(i16::MAX)) / self.em;
            for (at, (glyph, position)) in
                output.glyph_infos().iter().zip(output.glyph_positions()).enumerate()
            {
                let start = clusters.get(at).copied().unwrap_or(run.start);
                let end = cluster_end(&clusters, at, backwards).unwrap_or(run.end);
                if glyph.glyph_id == 0 {
                    lacking.push(start..end);
                }
                let advance = em(position.x_advance);
                shaped.glyphs.push(place(
                    GlyphId::new(glyph.glyph_id),
                    advance,
                    em(position.x_offset),
                    em(position.y_offset),
                    start..end,
                ));
                shaped.width += advance;
            }
        }
        if lacking.is_empty() { Ok(shaped) } else { Err(lacking) }
    }

    /// Only signs that are certainly there.
    fn fall_back(&self, text: &str) -> Shaped {
        let everything = (0..text.len()).filter(|at| text.is_char_boundary(*at));
        let lacking: Vec<Range<usize>> = everything
            .filter_map(|at| {
                let sign = text.get(at..)?.chars().next()?;
                (!sign.is_ascii()).then_some(at..at + sign.len_utf8())
            })
            .collect();
        let spelled = spell(text, &lacking);
        self.set(&spelled).unwrap_or(Shaped {
            text: spelled,
            glyphs: Vec::new(),
            width: 0.0,
            actual: None,
        })
    }
}

fn place(
    glyph: GlyphId,
    advance: f32,
    x_offset: f32,
    y_offset: f32,
    range: Range<usize>,
) -> KrillaGlyph {
    KrillaGlyph::new(glyph, advance, x_offset, y_offset, 0.0, range, None)
}

/// Where the text of a glyph's cluster ends: where the next cluster begins, in reading direction.
fn cluster_end(clusters: &[usize], at: usize, backwards: bool) -> Option<usize> {
    let start = *clusters.get(at)?;
    if backwards {
        clusters.get(..at)?.iter().rev().copied().find(|next| *next > start)
    } else {
        clusters.get(at..)?.iter().copied().find(|next| *next > start)
    }
}

/// Signs that neither join nor combine with their neighbours.
fn stands_alone(sign: char) -> bool {
    matches!(sign,
        '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{2af}' | '\u{370}'..='\u{482}' | '\u{48a}'..='\u{52f}'
        | '\u{1e00}'..='\u{1eff}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}'
        | '\u{20a0}'..='\u{20bf}' | '\u{2100}'..='\u{214f}' | '\u{2212}')
}

fn reads_backwards(sign: char) -> bool {
    matches!(sign, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}')
}

/// Parts of one direction, in the order of the line: names in two scripts stay in their own order.
fn runs(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<(bool, Range<usize>)> = Vec::new();
    for (at, sign) in text.char_indices() {
        let backwards = reads_backwards(sign);
        let end = at + sign.len_utf8();
        match runs.last_mut() {
            Some((direction, run)) if *direction == backwards => run.end = end,
            _ => runs.push((backwards, at..end)),
        }
    }
    // Blanks between two words that read backwards belong to them.
    let mut joined: Vec<(bool, Range<usize>)> = Vec::new();
    for (backwards, run) in runs {
        let mut begin = run.start;
        if backwards
            && let [.., (true, before), (false, between)] = joined.as_slice()
            && text.get(between.clone()).is_some_and(|blank| blank.trim().is_empty())
        {
            begin = before.start;
            joined.truncate(joined.len() - 2);
        }
        joined.push((backwards, begin..run.end));
    }
    joined.into_iter().map(|(_, run)| run).collect()
}

/// Text without what has no shape: controls become blanks; marks of direction and joining, which
/// could make a name look like another one, are left out.
fn clean(text: &str) -> Cow<'_, str> {
    let shapeless = |sign: char| {
        matches!(sign, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{ffff}')
    };
    if !text.chars().any(|sign| sign.is_control() || shapeless(sign)) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter(|sign| !shapeless(*sign));
    Cow::Owned(kept.map(|sign| if sign.is_control() { ' ' } else { sign }).collect())
}

/// The text with signs that are lacking written as their numbers.
fn spell(text: &str, lacking: &[Range<usize>]) -> String {
    let lost = |at: usize| lacking.iter().any(|range| range.contains(&at));
    let mut spelled = String::new();
    for (at, sign) in text.char_indices() {
        if lost(at) {
            spelled.push_str(&format!("[U+{:04X}]", u32::from(sign)));
        } else {
            spelled.push(sign);
        }
    }
    spelled
}

#[cfg(test)]
mod tests;
