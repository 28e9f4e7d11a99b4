//! What a document says, by a reader that shares nothing with the writer.

use lopdf::{Dictionary, Document, Object};

pub struct Read {
    document: Document,
    /// The text of each page.
    pub pages: Vec<String>,
}

pub fn read(bytes: &[u8]) -> Read {
    let document = Document::load_mem(bytes).unwrap();
    let numbers: Vec<u32> = document.get_pages().keys().copied().collect();
    let pages = numbers.iter().map(|page| document.extract_text(&[*page]).unwrap()).collect();
    Read { document, pages }
}

impl Read {
    /// All of its text.
    pub fn text(&self) -> String {
        self.pages.join("\n")
    }

    /// How often each kind of part occurs ("TR", "TH", "H1").
    pub fn parts(&self, kind: &str) -> usize {
        self.elements().filter(|element| name(element, b"S") == Some(kind.to_owned())).count()
    }

    /// How many cells each row of a table has.
    pub fn row_widths(&self) -> Vec<usize> {
        self.elements()
            .filter(|element| name(element, b"S").as_deref() == Some("TR"))
            .map(|row| match row.get(b"K") {
                Ok(Object::Array(cells)) => cells.len(),
                _ => 1,
            })
            .collect()
    }

    fn elements(&self) -> impl Iterator<Item = &Dictionary> {
        self.document
            .objects
            .values()
            .filter_map(|object| object.as_dict().ok())
            .filter(|dictionary| name(dictionary, b"Type").as_deref() == Some("StructElem"))
    }
}

fn name(dictionary: &Dictionary, key: &[u8]) -> Option<String> {
    let name = dictionary.get(key).ok()?.as_name().ok()?;
    Some(String::from_utf8_lossy(name).into_owned())
}
