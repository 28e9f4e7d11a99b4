//! Records of separated text, as they stream by: any line ending, quoted fields with line breaks and
//! doubled quotation marks, physical line numbers, constant memory.
//!
//! A quotation mark that is never closed would swallow the rest of the file. It is given up, its line
//! alone is rejected, and reading goes on with the next physical line.

use std::io::{self, Read};
use std::ops::Range;

/// A record longer than this is no record.
const MAX_RECORD: usize = 1024 * 1024;
/// Bytes read at a time.
const CHUNK: usize = 256 * 1024;

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A record; its fields are in the reader.
    Record,
    /// A line with a quotation mark that is never closed, or far too long.
    Unclosed,
    /// No more.
    End,
}

/// Streams records out of a reader.
pub(super) struct Records<R> {
    input: R,
    separator: u8,
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
    line: u64,
    next_line: u64,
    bytes: u64,
    fields: Vec<Field>,
    record: Range<usize>,
    skipping: bool,
}

#[derive(Debug, Clone)]
struct Field {
    range: Range<usize>,
    form: FieldForm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FieldForm {
    Plain,
    /// Quotation marks inside are doubled.
    Doubled,
    /// Text after the closing quotation mark: the marks fall away.
    Odd,
}

impl<R: Read> Records<R> {
    pub(super) fn new(input: R, separator: u8) -> Self {
        Self {
            input,
            separator,
            buffer: Vec::new(),
            at: 0,
            ended: false,
            line: 0,
            next_line: 1,
            bytes: 0,
            fields: Vec::new(),
            record: 0..0,
            skipping: false,
        }
    }

    /// The physical line at which the present record starts, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Bytes gone by.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The bytes of the present record, without its line ending.
    pub(super) fn raw(&self) -> &[u8] {
        self.buffer.get(self.record.clone()).unwrap_or_default()
    }

    /// The fields of the present record, as bytes without their quotation marks.
    pub(super) fn fields(&self) -> impl Iterator<Item = std::borrow::Cow<'_, [u8]>> {
        self.fields.iter().map(|field| {
            let bytes = self.buffer.get(field.range.clone()).unwrap_or_default();
            match field.form {
                FieldForm::Plain => bytes.into(),
                FieldForm::Doubled => halved(bytes).into(),
                FieldForm::Odd => {
                    let kept: Vec<u8> = bytes.iter().copied().filter(|b| *b != b'"').collect();
                    kept.into()
                }
            }
        })
    }

    /// Reads the next record. `width` is the number of fields expected: a record over several lines
    /// with another number is the work of a stray quotation mark.
    pub(super) fn next(&mut self, width: Option<usize>) -> io::Result<Next> {
        loop {
            if self.at >= self.buffer.len() && self.ended {
                return Ok(Next::End);
            }
            if self.skipping && !self.skip_line() {
                if self.ended {
                    return Ok(Next::End);
                }
                self.refill()?;
                continue;
            }
            self.fields.clear();
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                self.refill()?;
                continue;
            }
            let scanned = scan(rest, self.separator, self.ended, &mut self.fields);
            match scanned {
                Scanned::More if rest.len() > MAX_RECORD => return Ok(self.give_up()),
                Scanned::More => self.refill()?,
                Scanned::Unclosed => return Ok(self.give_up()),
                Scanned::Record { length, consumed, breaks } => {
                    if breaks > 0 && width.is_some_and(|width| width != self.fields.len()) {
                        return Ok(self.give_up());
                    }
                    self.accept(length, consumed, breaks);
                    return Ok(Next::Record);
                }
            }
        }
    }

    fn accept(&mut self, length: usize, consumed: usize, breaks: u64) {
        let start = self.at;
        for field in &mut self.fields {
            field.range = field.range.start + start..field.range.end + start;
        }
        self.record = start..start + length;
        self.at += consumed;
        self.count(consumed);
        self.line = self.next_line;
        self.next_line += breaks + 1;
    }

    /// Gives up the present line and goes on with the next physical one.
    fn give_up(&mut self) -> Next {
        self.fields.clear();
        self.record = 0..0;
        self.line = self.next_line;
        self.skipping = true;
        let _ = self.skip_line();
        Next::Unclosed
    }

    /// Skips to the start of the next physical line; false when more bytes are needed.
    fn skip_line(&mut self) -> bool {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let found = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let Some(end) = found.filter(|end| self.ended || end + 1 < rest.len()) else {
            if found.is_none() {
                self.count(rest.len());
                self.at = self.buffer.len();
            }
            return false;
        };
        let consumed = end + ending(rest.get(end..).unwrap_or_default());
        self.at += consumed;
        self.count(consumed);
        self.next_line += 1;
        self.skipping = false;
        true
    }

    fn count(&mut self, bytes: usize) {
        self.bytes += u64::try_from(bytes).unwrap_or(0);
    }

    fn refill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.at.min(self.buffer.len()));
        self.at = 0;
        let before = self.buffer.len();
        self.buffer.resize(before + CHUNK, 0);
        let read = loop {
            match self.input.read(self.buffer.get_mut(before..).unwrap_or_default()) {
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.buffer.truncate(before + read);
        self.ended = read == 0;
        Ok(())
    }
}

enum Scanned {
    /// A record of `length` bytes; `consumed` counts its line ending too, `breaks` line breaks inside.
    Record { length: usize, consumed: usize, breaks: u64 },
    /// It goes on after these bytes.
    More,
    /// A quotation mark is open at the end of the file.
    Unclosed,
}

fn scan(bytes: &[u8], separator: u8, ended: bool, fields: &mut Vec<Field>) -> Scanned {
    let (mut at, mut breaks) = (0, 0);
    loop {
        let field_ends = |from: usize| {
            bytes
                .get(from..)
                .unwrap_or_default()
                .iter()
                .position(|b| *b == separator || *b == b'\n' || *b == b'\r')
                .map(|length| from + length)
        };
        let end = if bytes.get(at) == Some(&b'"') {
            let Some((close, doubled)) = closing_quote(bytes, at + 1, ended) else {
                return if ended { Scanned::Unclosed } else { Scanned::More };
            };
            breaks += line_breaks(bytes.get(at..close).unwrap_or_default());
            let end = field_ends(close + 1).unwrap_or(bytes.len());
            let form = match (end == close + 1, doubled) {
                (true, false) => FieldForm::Plain,
                (true, true) => FieldForm::Doubled,
                (false, _) => FieldForm::Odd,
            };
            let range = if form == FieldForm::Odd { at..end } else { at + 1..close };
            fields.push(Field { range, form });
            end
        } else {
            let end = field_ends(at).unwrap_or(bytes.len());
            fields.push(Field { range: at..end, form: FieldForm::Plain });
            end
        };
        match bytes.get(end) {
            Some(byte) if *byte == separator => at = end + 1,
            Some(b'\r') if end + 1 == bytes.len() && !ended => return Scanned::More,
            Some(_) => {
                let consumed = end + ending(bytes.get(end..).unwrap_or_default());
                return Scanned::Record { length: end, consumed, breaks };
            }
            None if ended => return Scanned::Record { length: end, consumed: end, breaks },
            None => return Scanned::More,
        }
    }
}

/// Where the field's closing quotation mark is, and whether doubled ones come before it.
fn closing_quote(bytes: &[u8], from: usize, ended: bool) -> Option<(usize, bool)> {
    let (mut at, mut doubled) = (from, false);
    loop {
        let quote = at + bytes.get(at..)?.iter().position(|b| *b == b'"')?;
        match bytes.get(quote + 1) {
            Some(b'"') => {
                doubled = true;
                at = quote + 2;
            }
            Some(_) => return Some((quote, doubled)),
            None if ended => return Some((quote, doubled)),
            None => return None,
        }
    }
}

fn ending(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\r\n") { 2 } else { 1 }
}

fn line_breaks(bytes: &[u8]) -> u64 {
    let mut breaks = 0;
    let mut before = 0;
    for byte in bytes {
        if *byte == b'\r' || *byte == b'\n' && before != b'\r' {
            breaks += 1;
        }
        before = *byte;
    }
    breaks
}

fn halved(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut bytes = bytes.iter().copied();
    while let Some(byte) = bytes.next() {
        kept.push(byte);
        if byte == b'"' {
            bytes.next();
        }
    }
    kept
}

#[cfg(test)]
mod tests;
