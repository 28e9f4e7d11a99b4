//! The press: pages, what is on them, and what it means.
//!
//! A document is composed twice, once to count its pages and once to print them, by the same
//! function: that is how "page 2 of 9" is known. What is drawn belongs to the part of the document
//! that is open at that time ([`Press::open`], [`Press::close`]), or, like the foot of a page, to
//! none.

mod tree;

use crate::LetterError;
use crate::face::{Face, Shaped, Weight, faces};
use chrono::{Datelike, NaiveDate};
use krilla::Document;
use krilla::SerializeSettings;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};
pub(crate) use tree::Part;
use tree::Tree;

/// Points of the edge of a page that stay white.
pub(crate) const EDGE: f32 = 40.0;

/// Above this line is the document, below it the foot of the page.
const FOOT: f32 = 22.0;

/// How a page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paper {
    /// US Letter, 8.5 by 11 inches.
    Upright,
    /// US Letter, 11 by 8.5 inches.
    Across,
}

impl Paper {
    fn size(self) -> (f32, f32) {
        match self {
            Self::Upright => (612.0, 792.0),
            Self::Across => (792.0, 612.0),
        }
    }
}

/// The metadata of a document.
pub(crate) struct Imprint {
    pub(crate) title: String,
    pub(crate) author: String,
    /// The same for the same document for ever.
    pub(crate) id: String,
    pub(crate) dated: NaiveDate,
    /// At the foot of each page, before the page's number.
    pub(crate) foot: String,
}

enum Mark {
    Text { x: f32, y: f32, weight: Weight, size: f32, shaped: Shaped, part: Option<usize> },
    Rule { x: f32, y: f32, width: f32, thickness: f32 },
}

pub(crate) struct Press {
    paper: Paper,
    imprint: Imprint,
    /// None: only counting.
    print: Option<(Document, usize)>,
    pages: usize,
    sheet: Vec<Mark>,
    tree: Tree,
    outline: Vec<(String, usize, f32)>,
    /// How far down the page the next thing stands.
    pub(crate) y: f32,
}

/// Composes a document twice: the first time to count, the second time to print.
pub(crate) fn print(
    paper: Paper,
    imprint: impl Fn() -> Imprint,
    compose: impl Fn(&mut Press) -> Result<(), LetterError>,
) -> Result<Vec<u8>, LetterError> {
    let mut count = Press::new(paper, imprint(), None);
    compose(&mut count)?;
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|fault| LetterError::Press(format!("{fault:?}")))?;
    let document = Document::new_with(SerializeSettings { configuration, ..Default::default() });
    let mut press = Press::new(paper, imprint(), Some((document, count.pages + 1)));
    compose(&mut press)?;
    press.finish()
}

impl Press {
    fn new(paper: Paper, imprint: Imprint, print: Option<(Document, usize)>) -> Self {
        Self {
            paper,
            imprint,
            print,
            pages: 0,
            sheet: Vec::new(),
            tree: Tree::new(),
            outline: Vec::new(),
            y: EDGE,
        }
    }

    /// The letters of a weight.
    pub(crate) fn face(weight: Weight) -> Result<&'static Face, LetterError> {
        Ok(faces()?.get(weight))
    }

    /// Points between the edges.
    pub(crate) fn breadth(&self) -> f32 {
        self.paper.size().0 - 2.0 * EDGE
    }

    /// Points left above the foot.
    pub(crate) fn room(&self) -> f32 {
        self.paper.size().1 - EDGE - FOOT - self.y
    }

    /// Opens a part of the document; what is drawn belongs to it.
    pub(crate) fn open(&mut self, part: Part) {
        if self.print.is_some() {
            self.tree.open(part);
        }
    }

    /// Closes the part opened last.
    pub(crate) fn close(&mut self) {
        if self.print.is_some() {
            self.tree.close();
        }
    }

    /// Names the place on the page in the document's outline.
    pub(crate) fn bookmark(&mut self, name: &str) {
        self.outline.push((name.to_owned(), self.pages, self.y));
    }

    /// Text on one line, its left end and its baseline given; it belongs to the open part.
    pub(crate) fn text(
        &mut self,
        (x, y): (f32, f32),
        weight: Weight,
        size: f32,
        text: &str,
    ) -> Result<(), LetterError> {
        if self.print.is_some() {
            let shaped = Self::face(weight)?.shape(text);
            self.sheet.push(Mark::Text { x, y, weight, size, shaped, part: self.tree.opened() });
        }
        Ok(())
    }

    /// Text that belongs to the page and not to the document.
    pub(crate) fn furniture(
        &mut self,
        (x, y): (f32, f32),
        weight: Weight,
        size: f32,
        text: &str,
    ) -> Result<(), LetterError> {
        if self.print.is_some() {
            let shaped = Self::face(weight)?.shape(text);
            self.sheet.push(Mark::Text { x, y, weight, size, shaped, part: None });
        }
        Ok(())
    }

    /// A horizontal line.
    pub(crate) fn rule(&mut self, x: f32, y: f32, width: f32, thickness: f32) {
        if self.print.is_some() {
            self.sheet.push(Mark::Rule { x, y, width, thickness });
        }
    }

    /// Lines of text from the present height on, broken to fit the width. The page must have room.
    pub(crate) fn lines(
        &mut self,
        x: f32,
        width: f32,
        weight: Weight,
        size: f32,
        text: &str,
    ) -> Result<(), LetterError> {
        let leading = size * 1.35;
        for line in crate::table::wrap(Self::face(weight)?, text, size, width) {
            self.text((x, self.y + size), weight, size, &line)?;
            self.y += leading;
        }
        Ok(())
    }

    /// A paragraph, on the next page where this one has no room for it.
    pub(crate) fn paragraph(
        &mut self,
        x: f32,
        width: f32,
        weight: Weight,
        size: f32,
        text: &str,
    ) -> Result<(), LetterError> {
        let lines = crate::table::wrap(Self::face(weight)?, text, size, width).len();
        let lines = f32::from(u16::try_from(lines).unwrap_or(u16::MAX));
        if self.room() < lines * size * 1.35 {
            self.feed()?;
        }
        self.open(Part::Paragraph);
        self.lines(x, width, weight, size, text)?;
        self.close();
        Ok(())
    }

    /// A heading of a level, named in the outline. It is never the last thing on a page.
    pub(crate) fn heading(
        &mut self,
        x: f32,
        width: f32,
        level: u16,
        size: f32,
        text: &str,
    ) -> Result<(), LetterError> {
        if self.room() < size * 5.0 {
            self.feed()?;
        }
        self.bookmark(text);
        self.open(Part::Heading(level, text.to_owned()));
        self.lines(x, width, Weight::Bold, size, text)?;
        self.close();
        Ok(())
    }

    /// Ends the page and begins the next.
    pub(crate) fn feed(&mut self) -> Result<(), LetterError> {
        self.end_page()?;
        self.y = EDGE;
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), LetterError> {
        let (width, height) = self.paper.size();
        if let Some((_, total)) = self.print {
            let y = height - EDGE;
            let page = format!("Page {} of {total}", self.pages + 1);
            let page_width = Self::face(Weight::Regular)?.width(&page, 7.0);
            self.rule(EDGE, y - 11.0, width - 2.0 * EDGE, 0.3);
            let foot = self.imprint.foot.clone();
            self.furniture((EDGE, y), Weight::Regular, 7.0, &foot)?;
            self.furniture((width - EDGE - page_width, y), Weight::Regular, 7.0, &page)?;
        }
        self.pages += 1;
        let Some((document, _)) = &mut self.print else { return Ok(()) };
        let settings = PageSettings::from_wh(width, height)
            .ok_or_else(|| LetterError::Press("the paper has no size".to_owned()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in self.sheet.drain(..) {
            match mark {
                Mark::Text { x, y, weight, size, shaped, part } => {
                    let face = Self::face(weight)?;
                    let tag = match part {
                        Some(_) => ContentTag::Span(
                            SpanTag::empty().with_actual_text(shaped.actual.as_deref()),
                        ),
                        None => {
                            ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther))
                        }
                    };
                    let id = surface.start_tagged(tag);
                    surface.draw_glyphs(
                        Point::from_xy(x, y),
                        &shaped.glyphs,
                        face.font.clone(),
                        &shaped.text,
                        size,
                        false,
                    );
                    surface.end_tagged();
                    if let Some(part) = part {
                        self.tree.mark(part, id);
                    }
                }
                Mark::Rule { x, y, width, thickness } => {
                    let mut path = PathBuilder::new();
                    if let Some(rect) = Rect::from_xywh(x, y, width, thickness) {
                        path.push_rect(rect);
                    }
                    if let Some(path) = path.finish() {
                        let layout = Artifact::with_kind(ArtifactType::Layout);
                        surface.start_tagged(ContentTag::Artifact(layout));
                        // What only guides the eye is lighter than what means something.
                        let shade = if thickness < 0.3 { 170 } else { 0 };
                        let paint = krilla::color::luma::Color::new(shade).into();
                        surface.set_fill(Some(Fill { paint, ..Fill::default() }));
                        surface.draw_path(&path);
                        surface.set_fill(None);
                        surface.end_tagged();
                    }
                }
            }
        }
        surface.finish();
        page.finish();
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, LetterError> {
        self.end_page()?;
        let Some((mut document, _)) = self.print else {
            return Err(LetterError::Press("nothing was printed".to_owned()));
        };
        let mut outline = Outline::new();
        for (name, page, y) in self.outline {
            outline.push_child(OutlineNode::new(
                name,
                XyzDestination::new(page, Point::from_xy(0.0, y)),
            ));
        }
        document.set_outline(outline);
        document.set_tag_tree(self.tree.grow());
        document.set_metadata(describe(self.imprint));
        document.finish().map_err(|fault| LetterError::Press(format!("{fault:?}")))
    }
}

fn describe(imprint: Imprint) -> Metadata {
    let day = imprint.dated;
    let dated = DateTime::new(u16::try_from(day.year()).unwrap_or_default())
        .month(u8::try_from(day.month()).unwrap_or(1))
        .day(u8::try_from(day.day()).unwrap_or(1))
        .hour(0)
        .minute(0)
        .second(0)
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(imprint.title)
        .authors(vec![imprint.author])
        .creator("Quittance".to_owned())
        .language("en-US".to_owned())
        .document_id(imprint.id)
        .creation_date(dated)
}
