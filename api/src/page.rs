//! Lists in pages: an opaque signed cursor, at most 100 a page, stable while rows come and go.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use service::window::{Part, Window};
use sha2::Sha256;

use crate::problem::{Fault, Problem};

const TAG: usize = 16;

/// Rows a page: 1 to 100, 25 unless asked for.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "u16")]
#[schema(value_type = u16, minimum = 1, maximum = 100, default = 25, example = 25)]
pub struct Limit(u16);

impl Default for Limit {
    fn default() -> Self {
        Self(25)
    }
}

impl TryFrom<u16> for Limit {
    type Error = &'static str;
    fn try_from(rows: u16) -> Result<Self, &'static str> {
        if (1..=100).contains(&rows) { Ok(Self(rows)) } else { Err("limit goes from 1 to 100") }
    }
}

/// One page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The rows.
    #[schema(max_items = 100)]
    pub data: Vec<T>,
    /// Whether rows follow.
    pub has_more: bool,
    /// Give it as `cursor` to get the rows that follow; only for this list and these filters.
    #[schema(max_length = 1000, required = true)]
    pub next_cursor: Option<String>,
}

/// Signs and reads cursors, so that nobody makes one up.
#[derive(Clone)]
pub struct Cursors(Hmac<Sha256>);

impl std::fmt::Debug for Cursors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cursors")
    }
}

impl Cursors {
    /// With this secret of the installation; all instances need the same.
    ///
    /// # Errors
    /// Never: any length does.
    pub fn new(secret: &[u8]) -> Result<Self, service::Fault> {
        Hmac::new_from_slice(secret).map(Self).map_err(|_| service::Fault::Unexpected("no secret"))
    }

    /// Where a list goes on, and how far.
    ///
    /// # Errors
    /// 400 when the cursor is not one that this list gave out.
    pub fn window<P: DeserializeOwned>(
        &self,
        list: &str,
        cursor: Option<&str>,
        limit: Option<Limit>,
    ) -> Result<Window<P>, Problem> {
        let after = cursor.map(|text| self.read(list, text).ok_or_else(bad_cursor)).transpose()?;
        Ok(Window { after, limit: limit.unwrap_or_default().0 })
    }

    /// The answer: the rows, whether there are more, the next cursor, and `Link: rel="next"`.
    pub fn answer<T, P: Serialize, O: Serialize>(
        &self,
        req: &HttpRequest,
        list: &str,
        part: Part<T>,
        position: impl Fn(&T) -> P,
        render: impl Fn(T) -> O,
    ) -> HttpResponse {
        let next =
            part.rows.last().filter(|_| part.more).map(|last| self.write(list, &position(last)));
        let mut response = HttpResponse::Ok();
        if let Some(cursor) = &next {
            response.insert_header((header::LINK, link(req, cursor)));
        }
        let data = part.rows.into_iter().map(render).collect();
        response.json(Page::<O> { data, has_more: part.more, next_cursor: next })
    }

    fn write(&self, list: &str, position: &impl Serialize) -> String {
        let text = serde_json::to_vec(position).unwrap_or_default();
        let signed = [self.tag(list, &text).as_slice(), &text].concat();
        URL_SAFE_NO_PAD.encode(signed)
    }

    fn read<P: DeserializeOwned>(&self, list: &str, cursor: &str) -> Option<P> {
        let signed = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (tag, text) = signed.split_at_checked(TAG)?;
        let genuine: bool =
            subtle::ConstantTimeEq::ct_eq(tag, self.tag(list, text).as_slice()).into();
        genuine.then(|| serde_json::from_slice(text).ok()).flatten()
    }

    fn tag(&self, list: &str, text: &[u8]) -> Vec<u8> {
        let mut mac = self.0.clone();
        mac.update(list.as_bytes());
        mac.update(&[0]);
        mac.update(text);
        mac.finalize().into_bytes().into_iter().take(TAG).collect()
    }
}

fn bad_cursor() -> Problem {
    let message = "The cursor is not from this list; start again without one.";
    Problem::malformed("invalid_cursor", message).with_fault(Fault {
        pointer: "?cursor".to_owned(),
        code: "invalid_cursor".into(),
        message: message.to_owned(),
    })
}

/// The same request with the next cursor.
fn link(req: &HttpRequest, cursor: &str) -> String {
    let kept = req
        .query_string()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let query: Vec<&str> = kept.collect();
    let glue = if query.is_empty() { "" } else { "&" };
    format!("<{}?{}{glue}cursor={cursor}>; rel=\"next\"", req.path(), query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_in_its_own_list_only() {
        let cursors = Cursors::new(&[1; 32]).unwrap();
        let text = cursors.write("creditors", &("ACME", 7));
        assert_eq!(cursors.read::<(String, i32)>("creditors", &text), Some(("ACME".to_owned(), 7)));
        assert_eq!(cursors.read::<(String, i32)>("users", &text), None);
        assert_eq!(Cursors::new(&[2; 32]).unwrap().read::<(String, i32)>("creditors", &text), None);
        for bad in ["", "x", "AAAA", "%00"] {
            assert_eq!(cursors.read::<(String, i32)>("creditors", bad), None);
        }
    }
}
