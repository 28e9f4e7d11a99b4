//! The structure of a document (headings, tables, lists), for screen readers.

use krilla::tagging::{Identifier, Node, TableHeaderScope, Tag, TagGroup, TagKind, TagTree};
use std::num::NonZeroU16;

/// A part of a document.
pub(crate) enum Part {
    Heading(u16, String),
    Paragraph,
    Table,
    TableHead,
    TableBody,
    Row,
    /// Over a column.
    ColumnHead,
    /// At the beginning of a row.
    RowHead,
    Cell,
}

impl Part {
    fn tag(self) -> TagKind {
        match self {
            Self::Heading(level, title) => {
                Tag::Hn(NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN), Some(title)).into()
            }
            Self::Paragraph => Tag::P.into(),
            Self::Table => Tag::Table.into(),
            Self::TableHead => Tag::THead.into(),
            Self::TableBody => Tag::TBody.into(),
            Self::Row => Tag::TR.into(),
            Self::ColumnHead => Tag::TH(TableHeaderScope::Column).into(),
            Self::RowHead => Tag::TH(TableHeaderScope::Row).into(),
            Self::Cell => Tag::TD.into(),
        }
    }
}

enum Child {
    Part(usize),
    Mark(Identifier),
}

/// The parts of a document, in reading order.
pub(crate) struct Tree {
    parts: Vec<Option<(TagKind, Vec<Child>)>>,
    top: Vec<usize>,
    open: Vec<usize>,
}

impl Tree {
    pub(crate) fn new() -> Self {
        Self { parts: Vec::new(), top: Vec::new(), open: Vec::new() }
    }

    pub(crate) fn open(&mut self, part: Part) {
        let at = self.parts.len();
        self.parts.push(Some((part.tag(), Vec::new())));
        match self.open.last().and_then(|above| self.parts.get_mut(*above)) {
            Some(Some((_, children))) => children.push(Child::Part(at)),
            Some(None) | None => self.top.push(at),
        }
        self.open.push(at);
    }

    pub(crate) fn close(&mut self) {
        self.open.pop();
    }

    pub(crate) fn opened(&self) -> Option<usize> {
        self.open.last().copied()
    }

    pub(crate) fn mark(&mut self, part: usize, id: Identifier) {
        if let Some(Some((_, children))) = self.parts.get_mut(part) {
            children.push(Child::Mark(id));
        }
    }

    pub(crate) fn grow(mut self) -> TagTree {
        let mut tree = TagTree::new();
        for top in std::mem::take(&mut self.top) {
            if let Some(group) = self.group(top) {
                tree.push(group);
            }
        }
        tree
    }

    fn group(&mut self, at: usize) -> Option<TagGroup> {
        let (tag, children) = self.parts.get_mut(at)?.take()?;
        let mut group = TagGroup::new(tag);
        for child in children {
            match child {
                Child::Part(part) => {
                    if let Some(part) = self.group(part) {
                        group.push(part);
                    }
                }
                Child::Mark(id) => group.push(Node::Leaf(id)),
            }
        }
        Some(group)
    }
}
