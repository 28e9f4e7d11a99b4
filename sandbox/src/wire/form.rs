//! `application/x-www-form-urlencoded` with Stripe's brackets: `a[b][]=c` is `{"a":{"b":["c"]}}`.

use serde_json::{Map, Value, json};

use super::failure::Failure;

/// The decoded parameters of one request. Leaves are strings.
#[derive(Clone, Debug)]
pub(crate) struct Params(Value);

impl Params {
    /// Query string and body together, as Stripe reads them.
    pub(crate) fn decode(query: &str, body: &str) -> Self {
        let mut tree = Value::Object(Map::new());
        for pair in query.split('&').chain(body.split('&')).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = percent_decode(name);
            plant(&mut tree, &path(&name), percent_decode(value));
        }
        Self(arrays(tree, false))
    }

    /// The subtree at a JSON pointer such as `/card/number`.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }

    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        self.at(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    pub(crate) fn need(&self, pointer: &str) -> Result<&str, Failure> {
        self.text(pointer).ok_or_else(|| Failure::required(&bracketed(pointer)))
    }

    pub(crate) fn number(&self, pointer: &str) -> Result<Option<i64>, Failure> {
        let Some(text) = self.text(pointer) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            let name = bracketed(pointer);
            Failure::coded("parameter_invalid_integer", &name, format!("Invalid integer: {text}"))
        })
    }

    pub(crate) fn flag(&self, pointer: &str) -> Result<Option<bool>, Failure> {
        match self.text(pointer) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(text) => {
                Err(Failure::invalid(&bracketed(pointer), format!("Invalid boolean: {text}")))
            }
        }
    }

    pub(crate) fn texts(&self, pointer: &str) -> Vec<String> {
        let items = self.at(pointer).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// A flat map of strings, `{}` when absent.
    pub(crate) fn metadata(&self, pointer: &str) -> Value {
        self.at(pointer).filter(|value| value.is_object()).cloned().unwrap_or_else(|| json!({}))
    }

    /// Text as JSON, `null` when absent or empty.
    pub(crate) fn or_null(&self, pointer: &str) -> Value {
        self.text(pointer).map_or(Value::Null, |text| json!(text))
    }

    /// Refuses what the route does not read. `modelled` are paths without array indexes, a final
    /// `*` stands for everything below; `known` are Stripe's own top-level names that the sandbox
    /// does not model (501 instead of 400).
    pub(crate) fn only(&self, modelled: &[&str], known: &[&str]) -> Result<(), Failure> {
        let mut leaves = Vec::new();
        collect(&self.0, String::new(), &mut leaves);
        for leaf in leaves {
            let top = leaf.split('[').next().unwrap_or_default();
            if top == "payment_method_types" {
                return Err(Failure::coded(
                    "payment_method_types_no_longer_supported",
                    "payment_method_types",
                    "The payment_method_types parameter is no longer supported. Use \
                     allowed_payment_method_types or excluded_payment_method_types.",
                ));
            }
            let fits = |pattern: &&str| match pattern.strip_suffix('*') {
                Some(start) => leaf.starts_with(start),
                None => *pattern == leaf,
            };
            if top == "expand" || modelled.iter().any(fits) {
                continue;
            }
            let head = |pattern: &&str| {
                pattern.trim_end_matches('*').split('[').next().unwrap_or_default() == top
            };
            if known.contains(&top) || modelled.iter().any(head) {
                return Err(Failure::unmodelled(&format!("the parameter {leaf}")));
            }
            return Err(Failure::unknown_parameter(top));
        }
        Ok(())
    }
}

fn bracketed(pointer: &str) -> String {
    let mut pieces = pointer.split('/').filter(|piece| !piece.is_empty());
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |name, piece| format!("{name}[{piece}]"))
}

fn collect(value: &Value, name: String, leaves: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let name = if name.is_empty() { key.clone() } else { format!("{name}[{key}]") };
                collect(inner, name, leaves);
            }
        }
        Value::Array(items) => {
            for inner in items {
                collect(inner, name.clone(), leaves);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => leaves.push(name),
    }
}

/// `a[b][]` to `["a", "b", ""]`.
fn path(name: &str) -> Vec<String> {
    let (head, rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    let mut pieces = vec![head.to_owned()];
    pieces.extend(rest.split('[').skip(1).map(|piece| piece.trim_end_matches(']').to_owned()));
    pieces
}

fn plant(tree: &mut Value, path: &[String], leaf: String) {
    let Some((head, rest)) = path.split_first() else {
        *tree = Value::String(leaf);
        return;
    };
    if !tree.is_object() {
        *tree = Value::Object(Map::new());
    }
    if let Value::Object(map) = tree {
        let key = if head.is_empty() { map.len().to_string() } else { head.clone() };
        plant(map.entry(key).or_insert(Value::Null), rest, leaf);
    }
}

/// Objects whose keys are all numbers are arrays; metadata keeps its keys.
fn arrays(value: Value, literal: bool) -> Value {
    let Value::Object(map) = value else { return value };
    let numbered = !literal && !map.is_empty() && map.keys().all(|key| key.parse::<u32>().is_ok());
    if !numbered {
        let keep = |(key, inner)| {
            let literal = key == "metadata";
            (key, arrays(inner, literal))
        };
        return Value::Object(map.into_iter().map(keep).collect());
    }
    let mut items: Vec<(u32, Value)> =
        map.into_iter().map(|(key, inner)| (key.parse().unwrap_or(0), inner)).collect();
    items.sort_by_key(|(index, _)| *index);
    Value::Array(items.into_iter().map(|(_, inner)| arrays(inner, false)).collect())
}

/// `%41+b` to `A b`; broken escapes stay as they are.
pub(crate) fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(byte) = escaped {
            bytes.push(byte);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(if first == b'+' { b' ' } else { first });
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_become_a_tree() {
        let raw = "line_items[0][price_data][currency]=usd&line_items%5B1%5D%5Bquantity%5D=2\
                   &expand[]=a&expand[]=b&metadata[7]=x+y";
        let params = Params::decode("", raw);
        assert_eq!(
            params.0,
            json!({
                "line_items": [{"price_data": {"currency": "usd"}}, {"quantity": "2"}],
                "expand": ["a", "b"],
                "metadata": {"7": "x y"},
            })
        );
    }

    #[test]
    fn unknown_and_unmodelled_parameters_are_told_apart() {
        let status = |raw: &str| {
            let params = Params::decode("", raw);
            params.only(&["card[number]", "metadata*"], &["tax"]).map_err(|f| f.status)
        };
        assert_eq!(status("card[number]=1&metadata[a]=b&expand[]=x"), Ok(()));
        assert_eq!(status("colour=red"), Err(400));
        assert_eq!(status("tax=1"), Err(501));
        assert_eq!(status("card[colour]=red"), Err(501));
        assert_eq!(status("payment_method_types[]=card"), Err(400));
    }
}
