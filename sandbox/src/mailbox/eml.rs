//! As much of RFC 5322 and MIME as the product's own letters use.

/// A parsed message or one part of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Letter {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = bytes.strip_prefix(b"\r\n").unwrap_or(bytes);
        let (head, body) = match find(text, b"\r\n\r\n") {
            Some(at) => (text.get(..at), text.get(at.saturating_add(4)..)),
            None => match find(text, b"\n\n") {
                Some(at) => (text.get(..at), text.get(at.saturating_add(2)..)),
                None => (Some(text), None),
            },
        };
        // A part without headers begins with the empty line.
        let bare = bytes.starts_with(b"\r\n");
        let head = String::from_utf8_lossy(head.unwrap_or_default()).into_owned();
        let mut headers: Vec<(String, String)> = Vec::new();
        if !bare {
            for line in head.lines() {
                if line.starts_with([' ', '\t']) {
                    if let Some((_, value)) = headers.last_mut() {
                        value.push(' ');
                        value.push_str(line.trim());
                    }
                } else if let Some((name, value)) = line.split_once(':') {
                    headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
                }
            }
        }
        let body = if bare { text } else { body.unwrap_or_default() };
        Self { headers, body: body.to_vec() }
    }

    fn raw(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// A header with its encoded words decoded, empty when absent.
    pub(crate) fn header(&self, name: &str) -> String {
        words(self.raw(name))
    }

    fn kind(&self) -> String {
        let kind = self.raw("content-type").split(';').next().unwrap_or_default();
        let kind = kind.trim().to_lowercase();
        if kind.is_empty() { "text/plain".to_owned() } else { kind }
    }

    fn parts(&self) -> Vec<Self> {
        let Some((_, rest)) = self.raw("content-type").split_once("boundary=") else {
            return Vec::new();
        };
        let rest = rest.trim_start();
        let boundary = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next().unwrap_or_default(),
            None => rest.split(';').next().unwrap_or_default().trim(),
        };
        let mark = format!("--{boundary}");
        let mut parts = Vec::new();
        let mut rest = self.body.as_slice();
        let mut first = true;
        while let Some(at) = find(rest, mark.as_bytes()) {
            if !first {
                let part = rest.get(..at).unwrap_or_default();
                let part = part.strip_suffix(b"\r\n").unwrap_or(part);
                parts.push(Self::parse(part));
            }
            first = false;
            rest = rest.get(at.saturating_add(mark.len())..).unwrap_or_default();
            if rest.starts_with(b"--") {
                break;
            }
            let end_of_line = find(rest, b"\n").map_or(0, |at| at.saturating_add(1));
            rest = rest.get(end_of_line..).unwrap_or_default();
        }
        parts
    }

    fn decoded(&self) -> String {
        let bytes = match self.raw("content-transfer-encoding").to_lowercase().as_str() {
            "base64" => base64(&self.body),
            "quoted-printable" => quoted_printable(&self.body, false),
            _ => self.body.clone(),
        };
        String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
    }

    /// The readable text: the plain part, else the HTML without its tags.
    pub(crate) fn text(&self) -> String {
        self.find_text("text/plain")
            .or_else(|| self.find_text("text/html").map(|html| untagged(&html)))
            .unwrap_or_default()
    }

    fn find_text(&self, kind: &str) -> Option<String> {
        if self.kind().starts_with("multipart/") {
            return self.parts().iter().find_map(|part| part.find_text(kind));
        }
        (self.kind() == kind).then(|| self.decoded())
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len().max(1)).position(|window| window == wanted)
}

/// `=?utf-8?b?…?=` and `=?utf-8?q?…?=` decoded, blanks between two of them dropped.
fn words(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some((before, tail)) = rest.split_once("=?") {
        let mut pieces = tail.splitn(4, '?');
        let (Some(_), Some(encoding), Some(data), Some(end)) =
            (pieces.next(), pieces.next(), pieces.next(), pieces.next())
        else {
            break;
        };
        let Some(end) = end.strip_prefix('=') else { break };
        if !(after_word && before.trim().is_empty()) {
            out.push_str(before);
        }
        let bytes = if encoding.eq_ignore_ascii_case("b") {
            base64(data.as_bytes())
        } else {
            quoted_printable(data.as_bytes(), true)
        };
        out.push_str(&String::from_utf8_lossy(&bytes));
        after_word = true;
        rest = end;
    }
    out.push_str(rest);
    out
}

/// Base64, line breaks and padding ignored.
pub(crate) fn base64(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut held, mut bits) = (0_u32, 0_u32);
    for letter in text {
        let value = match letter {
            b'A'..=b'Z' => letter.wrapping_sub(b'A'),
            b'a'..=b'z' => letter.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => letter.wrapping_sub(b'0').wrapping_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => continue,
        };
        held = (held << 6) | u32::from(value);
        bits = bits.wrapping_add(6);
        if bits >= 8 {
            bits = bits.wrapping_sub(8);
            bytes.extend(u8::try_from((held >> bits) & 0xff));
        }
    }
    bytes
}

fn quoted_printable(text: &[u8], header: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        if first != b'=' {
            bytes.push(if header && first == b'_' { b' ' } else { first });
            rest = tail;
        } else if let Some(soft) = tail.strip_prefix(b"\r\n").or_else(|| tail.strip_prefix(b"\n")) {
            rest = soft;
        } else {
            let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
            match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                Some(byte) => {
                    bytes.push(byte);
                    rest = tail.get(2..).unwrap_or_default();
                }
                None => {
                    bytes.push(first);
                    rest = tail;
                }
            }
        }
    }
    bytes
}

fn untagged(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' if inside => inside = false,
            other if !inside => text.push(other),
            _ => {}
        }
    }
    let text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_in_two_languages_is_read() {
        let eml = "Subject: =?utf-8?b?U3UgY8OzZGlnbw==?=\r\nTo: ana@example.com\r\n\
                   Content-Type: multipart/alternative;\r\n boundary=\"x1\"\r\n\r\n\
                   --x1\r\nContent-Type: text/plain; charset=utf-8\r\n\
                   Content-Transfer-Encoding: quoted-printable\r\n\r\n\
                   Su c=C3=B3digo es 123=\r\n456\r\n\
                   --x1\r\nContent-Type: text/html; charset=utf-8\r\n\
                   Content-Transfer-Encoding: base64\r\n\r\nPGI+eDwvYj4=\r\n--x1--\r\n";
        let letter = Letter::parse(eml.as_bytes());
        assert_eq!(letter.header("subject"), "Su código");
        assert_eq!(letter.header("to"), "ana@example.com");
        assert_eq!(letter.text(), "Su código es 123456");
    }

    #[test]
    fn html_alone_is_shown_without_tags() {
        let eml = "Content-Type: text/html\r\n\r\n<p>Paid &amp; done</p>";
        assert_eq!(Letter::parse(eml.as_bytes()).text(), "Paid & done");
    }
}
