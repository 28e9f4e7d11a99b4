//! XML elements, read with limits: no document type, no entities of one's own, no deep nesting.

use super::fault::{Unreadable, line_of};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Elements within elements.
const MAX_DEPTH: usize = 40;
/// Elements in one file.
const MAX_ELEMENTS: u64 = 5_000_000;

/// An element without its prefix, its text and what is in it.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub name: String,
    /// The line of the file where it begins.
    pub line: u64,
    /// The attribute `Ccy` of amounts.
    pub currency: Option<String>,
    pub text: String,
    pub children: Vec<Self>,
}

impl Element {
    /// The first element down a path of names.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        let mut at = self;
        for name in path {
            at = at.children.iter().find(|child| child.name == *name)?;
        }
        Some(at)
    }

    /// All children of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text at a path; none when it is not there or blank.
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).map(|found| found.text.trim()).filter(|text| !text.is_empty())
    }
}

/// What the source comes upon.
pub(super) enum Node {
    /// An element begins, with its prefix and namespaces.
    Start(Tag),
    /// The element around ends.
    End,
    /// The document ends.
    Eof,
}

/// The beginning of an element.
pub(super) struct Tag {
    pub name: String,
    pub prefix: Option<String>,
    /// The namespaces it declares: prefix (none: the default one) and name.
    pub namespaces: Vec<(Option<String>, String)>,
    pub line: u64,
    currency: Option<String>,
    /// `<x/>`: nothing is in it, and no end follows.
    pub is_empty: bool,
}

/// A document under reading.
pub(super) struct Source<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    depth: usize,
    elements: u64,
    /// Up to where lines were counted: byte, line.
    counted: (usize, u64),
}

impl<'a> Source<'a> {
    pub fn new(text: &'a str) -> Self {
        let reader = Reader::from_str(text);
        Self { text, reader, depth: 0, elements: 0, counted: (0, 1) }
    }

    /// The next beginning or end; text in between is passed over.
    pub fn next_node(&mut self) -> Result<Node, Unreadable> {
        loop {
            match self.event()? {
                Event::Start(start) => return self.tag(&start, false).map(Node::Start),
                Event::Empty(start) => return self.tag(&start, true).map(Node::Start),
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Node::End);
                }
                Event::Eof if self.depth > 0 => return Err(self.malformed("it ends too early")),
                Event::Eof => return Ok(Node::Eof),
                Event::Text(_)
                | Event::CData(_)
                | Event::GeneralRef(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_) => {}
            }
        }
    }

    /// Everything inside an element that has begun.
    pub fn read_whole(&mut self, tag: Tag) -> Result<Element, Unreadable> {
        let is_empty = tag.is_empty;
        let mut open = vec![Element::from(tag)];
        if is_empty {
            return Ok(open.pop().unwrap_or_default());
        }
        loop {
            match self.event()? {
                Event::Start(start) => {
                    let tag = self.tag(&start, false)?;
                    open.push(tag.into());
                }
                Event::Empty(start) => {
                    let tag = self.tag(&start, true)?;
                    if let Some(parent) = open.last_mut() {
                        parent.children.push(tag.into());
                    }
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    let closed = open.pop().unwrap_or_default();
                    match open.last_mut() {
                        Some(parent) => parent.children.push(closed),
                        None => return Ok(closed),
                    }
                }
                Event::Text(text) => {
                    let words = text.decode().map_err(|e| self.malformed(&e.to_string()))?;
                    append(&mut open, &words);
                }
                Event::CData(text) => {
                    let words = text.decode().map_err(|e| self.malformed(&e.to_string()))?;
                    append(&mut open, &words);
                }
                Event::GeneralRef(reference) => {
                    let character = self.character(&reference)?;
                    append(&mut open, character.encode_utf8(&mut [0; 4]));
                }
                Event::Eof => return Err(self.malformed("it ends too early")),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn event(&mut self) -> Result<Event<'a>, Unreadable> {
        match self.reader.read_event() {
            Ok(Event::DocType(_)) => Err(Unreadable::Doctype { line: self.line() }),
            Ok(Event::Decl(decl)) => {
                let encoding = decl.encoding().and_then(Result::ok).unwrap_or_default();
                let fits = encoding.is_empty()
                    || encoding.eq_ignore_ascii_case(b"utf-8")
                    || encoding.eq_ignore_ascii_case(b"us-ascii");
                if fits { Ok(Event::Decl(decl)) } else { Err(Unreadable::NotUtf8 { line: 1 }) }
            }
            Ok(event) => Ok(event),
            Err(error) => {
                let at = usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX);
                let reason = error.to_string();
                Err(Unreadable::Xml { line: line_of(self.text.as_bytes(), at), reason })
            }
        }
    }

    fn tag(&mut self, start: &BytesStart<'_>, is_empty: bool) -> Result<Tag, Unreadable> {
        self.elements += 1;
        if !is_empty {
            self.depth += 1;
        }
        if self.depth > MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err(Unreadable::TooComplex { line: self.line() });
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut tag = Tag {
            name: text(start.local_name().as_ref()),
            prefix: start.name().prefix().map(|prefix| text(prefix.as_ref())),
            namespaces: Vec::new(),
            line: self.line(),
            currency: None,
            is_empty,
        };
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|e| self.malformed(&e.to_string()))?;
            let (key, value) = (attribute.key.as_ref(), text(&attribute.value));
            if key == b"Ccy" {
                tag.currency = Some(value);
            } else if key == b"xmlns" {
                tag.namespaces.push((None, value));
            } else if let Some(prefix) = key.strip_prefix(b"xmlns:") {
                tag.namespaces.push((Some(text(prefix)), value));
            }
        }
        Ok(tag)
    }

    /// A character reference or one of the five entities of XML; there are no others here.
    fn character(&mut self, reference: &BytesRef<'_>) -> Result<char, Unreadable> {
        match reference.resolve_char_ref() {
            Ok(Some(character)) => return Ok(character),
            Ok(None) => {}
            Err(error) => return Err(self.malformed(&error.to_string())),
        }
        let name: &[u8] = reference;
        match name {
            b"amp" => Ok('&'),
            b"lt" => Ok('<'),
            b"gt" => Ok('>'),
            b"quot" => Ok('"'),
            b"apos" => Ok('\''),
            _ => {
                let name = String::from_utf8_lossy(name).into_owned();
                Err(self.malformed(&format!("it uses an entity that is not defined: {name:?}")))
            }
        }
    }

    fn malformed(&mut self, reason: &str) -> Unreadable {
        Unreadable::Xml { line: self.line(), reason: reason.to_owned() }
    }

    /// The line that is being read, counted on from where it was asked last.
    fn line(&mut self) -> u64 {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        let at = at.min(self.text.len());
        let (from, line) = self.counted;
        let between = self.text.as_bytes().get(from..at).unwrap_or_default();
        self.counted = (at.max(from), line + line_of(between, between.len()) - 1);
        self.counted.1
    }
}

impl From<Tag> for Element {
    fn from(tag: Tag) -> Self {
        Self { name: tag.name, line: tag.line, currency: tag.currency, ..Self::default() }
    }
}

fn append(open: &mut [Element], words: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(words);
    }
}
