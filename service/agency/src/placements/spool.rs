//! An upload on its way in: unpacked, measured and hashed as it comes, on disk and not in memory;
//! and what its first bytes say it is.

use domain::placement::MAX_BYTES;
use flate2::write::MultiGzDecoder;
use kernel::stop::Fault;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// What the bytes of an upload are, whatever its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileForm {
    /// Separated text.
    Text,
    /// An XLSX workbook.
    Workbook,
}

/// Why an upload is refused before a line is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UploadRefused {
    /// No bytes.
    #[error("The file is empty.")]
    Empty,
    /// Above the limit once unpacked.
    #[error("The file is larger than 512 MiB once unpacked. Split it.")]
    TooLarge,
    /// The gzip data are damaged.
    #[error("The file is compressed with gzip and damaged or cut short. Compress it again.")]
    BrokenGzip,
    /// A PDF.
    #[error("This is a PDF document, not a placement file. Send CSV or XLSX.")]
    Pdf,
    /// A ZIP that is no workbook.
    #[error("This is a ZIP archive, not a placement file. Send the file inside it.")]
    Zip,
    /// A workbook that cannot be opened.
    #[error("This workbook is damaged or cut short. Save it again as XLSX or CSV.")]
    BrokenWorkbook,
    /// A workbook of before 2007.
    #[error("This is a workbook in the old format (.xls). Save it as XLSX or CSV.")]
    OldWorkbook,
    /// A web page.
    #[error("This is a web page or XML, not a placement file. Export it as CSV or XLSX.")]
    Html,
    /// JSON.
    #[error("This is JSON, not a placement file. Send CSV or XLSX.")]
    Json,
    /// UTF-16.
    #[error("The file is written in UTF-16. Save it as CSV in UTF-8.")]
    Utf16,
    /// A picture or another binary file.
    #[error("This is no text and no workbook. Send CSV or XLSX.")]
    Binary,
}

impl UploadRefused {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "file_empty",
            Self::TooLarge => "file_too_large",
            Self::BrokenGzip => "gzip_broken",
            Self::Pdf => "file_is_pdf",
            Self::Zip => "file_is_zip",
            Self::BrokenWorkbook => "workbook_broken",
            Self::OldWorkbook => "file_is_xls",
            Self::Html => "file_is_html",
            Self::Json => "file_is_json",
            Self::Utf16 => "file_is_utf16",
            Self::Binary => "file_is_binary",
        }
    }
}

/// What may stop a spool.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The file is at fault.
    #[error(transparent)]
    Refused(#[from] UploadRefused),
    /// The disk is.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<io::Error> for SpoolError {
    fn from(err: io::Error) -> Self {
        Self::Fault(Fault::Outside(format!("the spool file: {err}")))
    }
}

/// An upload that is being received.
pub struct Spool {
    way: Option<Way>,
    start: Vec<u8>,
}

enum Way {
    Undecided(Measured),
    Plain(Measured),
    Gzip(Box<MultiGzDecoder<Measured>>),
}

/// Writes to a nameless file, counts and hashes.
struct Measured {
    file: File,
    hash: Sha256,
    size: u64,
    full: bool,
}

impl Write for Measured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.size += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.size > MAX_BYTES {
            self.full = true;
            return Err(io::Error::other("full"));
        }
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A received upload.
pub struct Spooled {
    /// The unpacked bytes; the position is at their start.
    pub file: File,
    /// SHA-256 of the unpacked bytes.
    pub sha256: Vec<u8>,
    /// How many they are.
    pub size: u64,
    /// What they are.
    pub form: FileForm,
}

impl Spool {
    /// A nameless file on disk, gone when it is closed.
    pub fn new() -> Result<Self, SpoolError> {
        let file = tempfile::tempfile()?;
        let measured = Measured { file, hash: Sha256::new(), size: 0, full: false };
        Ok(Self { way: Some(Way::Undecided(measured)), start: Vec::new() })
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        if let Some(Way::Undecided(measured)) =
            self.way.take_if(|way| matches!(way, Way::Undecided(_)))
        {
            self.start.extend_from_slice(bytes);
            if self.start.len() < 2 {
                self.way = Some(Way::Undecided(measured));
                return Ok(());
            }
            let gzip = self.start.starts_with(&[0x1f, 0x8b]);
            self.way = Some(if gzip {
                Way::Gzip(Box::new(MultiGzDecoder::new(measured)))
            } else {
                Way::Plain(measured)
            });
            let start = std::mem::take(&mut self.start);
            return self.write(&start);
        }
        self.write(bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        match self.way.as_mut() {
            Some(Way::Plain(out)) => {
                out.write_all(bytes).map_err(|err| too_large_or(err, out.full))
            }
            Some(Way::Gzip(out)) => match out.write_all(bytes) {
                Ok(()) => Ok(()),
                Err(_) if out.get_ref().full => Err(UploadRefused::TooLarge.into()),
                Err(_) => Err(UploadRefused::BrokenGzip.into()),
            },
            Some(Way::Undecided(_)) | None => Ok(()),
        }
    }

    /// No more bytes come: says what was received.
    pub fn finish(mut self) -> Result<Spooled, SpoolError> {
        let mut measured = match self.way.take() {
            Some(Way::Plain(measured)) => measured,
            Some(Way::Undecided(mut measured)) => {
                measured.write_all(&self.start)?;
                measured
            }
            Some(Way::Gzip(out)) => out.finish().map_err(|_| UploadRefused::BrokenGzip)?,
            None => return Err(UploadRefused::Empty.into()),
        };
        measured.flush()?;
        let mut file = measured.file;
        let form = form_of(&mut file)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Spooled { file, sha256: measured.hash.finalize().to_vec(), size: measured.size, form })
    }
}

fn too_large_or(err: io::Error, full: bool) -> SpoolError {
    if full { UploadRefused::TooLarge.into() } else { err.into() }
}

/// What the bytes are: their beginning tells.
fn form_of(file: &mut File) -> Result<FileForm, SpoolError> {
    file.seek(SeekFrom::Start(0))?;
    let mut start = Vec::new();
    Read::by_ref(file).take(8 * 1024).read_to_end(&mut start)?;
    let shown: Vec<u8> = start
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(&start)
        .iter()
        .copied()
        .skip_while(u8::is_ascii_whitespace)
        .take(256)
        .map(|byte| byte.to_ascii_lowercase())
        .collect();
    if start.starts_with(&[0xff, 0xfe])
        || start.starts_with(&[0xfe, 0xff])
        || every_other_is_nul(&start)
    {
        return Err(UploadRefused::Utf16.into());
    }
    if shown.is_empty() {
        return Err(UploadRefused::Empty.into());
    }
    let refused = |starts: &[&[u8]]| starts.iter().any(|start| shown.starts_with(start));
    if refused(&[b"%pdf"]) {
        return Err(UploadRefused::Pdf.into());
    }
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        return form_of_zip(file);
    }
    if start.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(UploadRefused::OldWorkbook.into());
    }
    if refused(&[b"<!", b"<html", b"<?xml", b"<head", b"<body", b"<table", b"<script"]) {
        return Err(UploadRefused::Html.into());
    }
    if refused(&[b"{", b"[{", b"[\"", b"[["]) {
        return Err(UploadRefused::Json.into());
    }
    let odd = start.iter().filter(|byte| matches!(byte, 0..=8 | 14..=31)).count();
    if odd * 10 > start.len() {
        return Err(UploadRefused::Binary.into());
    }
    Ok(FileForm::Text)
}

/// UTF-16 without a mark: every other byte of the beginning is NUL.
fn every_other_is_nul(start: &[u8]) -> bool {
    let pairs = start.chunks_exact(2).take(100);
    let count = pairs.len();
    let nul_second = pairs.clone().filter(|pair| matches!(pair, [a, 0] if *a != 0)).count();
    let nul_first = pairs.filter(|pair| matches!(pair, [0, b] if *b != 0)).count();
    count >= 2 && nul_second.max(nul_first) * 10 > count * 7
}

/// A workbook is a ZIP that names its parts; the names stand uncompressed at its end.
fn form_of_zip(file: &mut File) -> Result<FileForm, SpoolError> {
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(size.saturating_sub(1024 * 1024)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let has = |needle: &[u8]| end.windows(needle.len()).any(|window| window == needle);
    if has(b"xl/workbook.xml") && has(b"PK\x05\x06") {
        return Ok(FileForm::Workbook);
    }
    file.seek(SeekFrom::Start(0))?;
    let mut start = Vec::new();
    Read::by_ref(file).take(64 * 1024).read_to_end(&mut start)?;
    let named = |needle: &[u8]| start.windows(needle.len()).any(|window| window == needle);
    if named(b"[Content_Types].xml") || named(b"xl/") {
        return Err(UploadRefused::BrokenWorkbook.into());
    }
    Err(UploadRefused::Zip.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spooled(bytes: &[u8]) -> Result<Spooled, SpoolError> {
        let mut spool = Spool::new()?;
        for chunk in bytes.chunks(7) {
            spool.push(chunk)?;
        }
        spool.finish()
    }

    fn refused(bytes: &[u8]) -> UploadRefused {
        let Err(SpoolError::Refused(refused)) = spooled(bytes) else { panic!("taken: {bytes:?}") };
        refused
    }

    #[test]
    fn the_bytes_decide_what_a_file_is() {
        let utf16: Vec<u8> = "a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, expected) in [
            (b"".as_slice(), UploadRefused::Empty),
            (b" \r\n", UploadRefused::Empty),
            (b"\xef\xbb\xbf", UploadRefused::Empty),
            (b"%PDF-1.7 ...", UploadRefused::Pdf),
            (b"PK\x03\x04 letters.doc ...", UploadRefused::Zip),
            (b"PK\x03\x04 [Content_Types].xml ...", UploadRefused::BrokenWorkbook),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", UploadRefused::OldWorkbook),
            (b"\n<!DOCTYPE html><html>", UploadRefused::Html),
            (b"<table><tr>", UploadRefused::Html),
            (b"{\"a\": 1}", UploadRefused::Json),
            (b"[{\"a\": 1}]", UploadRefused::Json),
            (b"\xff\xfea\0,\0", UploadRefused::Utf16),
            (&utf16, UploadRefused::Utf16),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01", UploadRefused::Binary),
        ] {
            assert_eq!(refused(bytes), expected, "{bytes:?}");
        }
        assert_eq!(spooled(b"a,b\n1,2\n").unwrap().form, FileForm::Text);
    }

    #[test]
    fn gzip_is_unpacked_and_hashed_as_what_is_in_it() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"a,b\n1,2\n").unwrap();
        let packed = gzip.finish().unwrap();
        let (plain, unpacked) = (spooled(b"a,b\n1,2\n").unwrap(), spooled(&packed).unwrap());
        assert_eq!((plain.size, &plain.sha256), (unpacked.size, &unpacked.sha256));
        let cut = packed.len() - 9;
        assert_eq!(refused(&packed[..cut]), UploadRefused::BrokenGzip);
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let zeros = vec![b'a'; 1 << 20];
        for _ in 0..=512 {
            gzip.write_all(&zeros).unwrap();
        }
        let mut spool = Spool::new().unwrap();
        let refused = gzip.finish().unwrap().chunks(4096).find_map(|c| spool.push(c).err());
        assert!(matches!(refused, Some(SpoolError::Refused(UploadRefused::TooLarge))));
    }
}
