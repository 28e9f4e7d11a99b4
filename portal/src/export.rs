//! Lists as files: CSV streamed page by page, and harmless when a spreadsheet opens it.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder};
use futures_util::stream;
use service::exports::{ExportFile, Format};
use std::future::Future;
use std::io;

/// Rows fetched at once.
pub const BATCH: u16 = 1000;

/// Rows of one file at most; a spreadsheet holds little more.
pub const MOST: usize = 1_000_000;

/// A CSV file with this name, made of a heading and of what `next` gives: the lines that follow a
/// position, and the position to go on from (none at the end).
pub fn csv<P, N, F>(name: &str, heading: &[&str], next: N) -> HttpResponse
where
    P: 'static,
    N: Fn(Option<P>) -> F + Clone + 'static,
    F: Future<Output = io::Result<Batch<P>>>,
{
    let heading = heading.iter().map(|cell| (*cell).to_owned()).collect();
    let first = State { position: None, done: false, rows: 0, heading: Some(heading) };
    let body = stream::unfold(first, move |mut state: State<P>| {
        let next = next.clone();
        async move {
            if let Some(heading) = state.heading.take() {
                return Some((written(vec![heading]), state));
            }
            if state.done {
                return None;
            }
            match next(state.position.take()).await {
                Ok(batch) => {
                    state.rows += batch.lines.len();
                    state.done = batch.next.is_none() || state.rows >= MOST;
                    state.position = batch.next;
                    Some((written(batch.lines), state))
                }
                Err(fault) => {
                    state.done = true;
                    Some((Err(fault), state))
                }
            }
        }
    });
    begun(Format::Csv.media_type(), name).streaming(Box::pin(body))
}

/// A file, whole.
pub fn file(file: ExportFile) -> HttpResponse {
    begun(file.media_type, &file.name).body(file.bytes)
}

/// The head of an answer that is a file with this name.
pub fn begun(media_type: &'static str, name: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    answer
}

/// Some lines, and where the next ones begin.
pub struct Batch<P> {
    /// Each line's cells.
    pub lines: Vec<Vec<String>>,
    /// The position after the last of them; none: these were all.
    pub next: Option<P>,
}

struct State<P> {
    position: Option<P>,
    done: bool,
    rows: usize,
    heading: Option<Vec<String>>,
}

fn written(lines: Vec<Vec<String>>) -> io::Result<Bytes> {
    service::exports::csv_lines(lines).map(Bytes::from).map_err(io::Error::other)
}

/// Text of the outside as a cell that no spreadsheet takes for a formula.
pub fn text(outside: &str) -> String {
    service::exports::harmless(outside)
}
