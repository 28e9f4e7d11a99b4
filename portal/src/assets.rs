//! Style sheet, script and favicon: packed by `build.rs`, served from memory for ever.

use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, web};

/// One packed file.
#[derive(Debug)]
pub struct Asset {
    /// File name with the hash of its content: `site-1f0c9a2b3d4e.css`.
    pub name: &'static str,
    /// Media type.
    pub media: &'static str,
    /// As written.
    pub raw: &'static [u8],
    /// Brotli, quality 11.
    pub brotli: &'static [u8],
    /// Gzip, level 9.
    pub gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// `GET /assets/{name}`: the name changes with the content, so browsers keep it for a year.
pub async fn serve(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some(asset) = ALL.iter().find(|asset| asset.name == name.as_str()) else {
        return HttpResponse::NotFound().finish();
    };
    let (body, encoding) = asset.smallest_for(request.headers());
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CONTENT_TYPE, asset.media))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "accept-encoding"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header(("cross-origin-resource-policy", "same-origin"));
    if let Some(encoding) = encoding {
        answer.insert_header((header::CONTENT_ENCODING, encoding));
    }
    answer.body(body)
}

/// `GET /favicon.ico`: browsers ask for it by themselves.
pub async fn favicon(request: HttpRequest) -> HttpResponse {
    let name = FAVICON_SVG.trim_start_matches("/assets/").to_owned();
    serve(request, web::Path::from(name)).await
}

impl Asset {
    fn smallest_for(&self, headers: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
        let accepted =
            headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("");
        let takes = |coding: &str| {
            accepted.split(',').any(|part| {
                let mut words = part.split(';').map(str::trim);
                words.next() == Some(coding) && !words.any(|q| q == "q=0" || q == "q=0.0")
            })
        };
        if takes("br") {
            (self.brotli, Some("br"))
        } else if takes("gzip") {
            (self.gzip, Some("gzip"))
        } else {
            (self.raw, None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn the_smallest_form_that_the_browser_takes_is_sent() {
        let css = ALL.iter().find(|a| SITE_CSS.ends_with(a.name)).unwrap();
        let coding = |accepts: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepts));
            css.smallest_for(&headers).1
        };
        assert_eq!(coding("gzip, deflate, br"), Some("br"));
        assert_eq!(coding("gzip, br;q=0"), Some("gzip"));
        assert_eq!(coding("identity"), None);
        assert!(css.brotli.len() < css.gzip.len() && css.gzip.len() < css.raw.len());
    }

    #[test]
    fn style_and_script_stay_small() {
        let size = |address: &str| {
            ALL.iter().find(|a| address.ends_with(a.name)).map(|a| (a.raw.len(), a.brotli.len()))
        };
        let (_, css) = size(SITE_CSS).unwrap();
        let (js, _) = size(PORTAL_JS).unwrap();
        assert!(css <= 6 * 1024, "style sheet {css} bytes over the wire");
        assert!(js <= 2 * 1024, "portal.js {js} bytes");
    }
}
