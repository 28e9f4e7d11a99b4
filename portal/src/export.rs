//! Lists as CSV: streamed page by page, and harmless when a spreadsheet opens them.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::stream;
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
    let heading = lines([heading.iter().map(|cell| (*cell).to_owned()).collect()]);
    let first = State { position: None, done: false, rows: 0, heading: Some(heading) };
    let body = stream::unfold(first, move |mut state: State<P>| {
        let next = next.clone();
        async move {
            if let Some(heading) = state.heading.take() {
                return Some((Ok(Bytes::from(heading)), state));
            }
            if state.done {
                return None;
            }
            match next(state.position.take()).await {
                Ok(batch) => {
                    state.rows += batch.lines.len();
                    state.done = batch.next.is_none() || state.rows >= MOST;
                    state.position = batch.next;
                    Some((Ok(Bytes::from(lines(batch.lines))), state))
                }
                Err(fault) => {
                    state.done = true;
                    Some((Err(fault), state))
                }
            }
        }
    });
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(Box::pin(body))
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
    heading: Option<Vec<u8>>,
}

/// Text of the outside as a cell: a spreadsheet takes what begins with `=`, `+`, `-`, `@`, tab or
/// carriage return for a formula, so such text gets an apostrophe in front. Our own numbers and
/// dates do not go through here.
pub fn text(outside: &str) -> String {
    if outside.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{outside}")
    } else {
        outside.to_owned()
    }
}

/// Lines of CSV (RFC 4180).
pub fn lines(lines: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    for line in lines {
        // Writing to memory does not fail.
        let _ = writer.write_record(&line);
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_formula() {
        for evil in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(text(evil).starts_with('\''), "{evil:?}");
        }
        assert_eq!(text("O'Brien, Ana"), "O'Brien, Ana");
    }

    #[test]
    fn commas_and_quotation_marks_stay_in_their_cell() {
        let line = vec!["a,b".to_owned(), "say \"x\"".to_owned()];
        assert_eq!(lines([line]), b"\"a,b\",\"say \"\"x\"\"\"\r\n");
    }
}
