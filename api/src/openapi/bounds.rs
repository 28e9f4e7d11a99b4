//! Every text, list and number of the document has a bound. Where a schema states none, the bound
//! is what the transport lets through anyway, so the document stays true.

use utoipa::Number;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayItems, KnownFormat, Object, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Components, Ref, RefOr};

use crate::body::MOST_BYTES;

/// The most characters of a member's name.
const LONGEST_NAME: usize = 100;
/// The most characters of a file of lines, which is sent as it is read.
const LONGEST_FILE: usize = 2_147_483_647;

/// Gives a schema and all below it the bounds that they lack.
pub fn tighten(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => tighten_object(object),
        Schema::Array(array) => {
            array.max_items.get_or_insert(MOST_BYTES / 2);
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                tighten(items);
            }
        }
        Schema::OneOf(one_of) => one_of.items.iter_mut().for_each(tighten),
        Schema::AllOf(all_of) => all_of.items.iter_mut().for_each(tighten),
        Schema::AnyOf(any_of) => any_of.items.iter_mut().for_each(tighten),
        // A kind of schema that a later version of the generator adds.
        _ => {}
    }
}

/// A page names the schema of its rows instead of repeating it.
pub fn refer(components: &mut Components) {
    let names: Vec<String> = components.schemas.keys().cloned().collect();
    for (name, page) in &mut components.schemas {
        let Some(row) = name.strip_prefix("Page_").filter(|row| names.iter().any(|n| n == row))
        else {
            continue;
        };
        if let RefOr::T(Schema::Object(page)) = page
            && let Some(RefOr::T(Schema::Array(data))) = page.properties.get_mut("data")
        {
            let row = RefOr::Ref(Ref::from_schema_name(row));
            data.items = ArrayItems::RefOrSchema(Box::new(row));
        }
    }
}

/// The same for the parameters, bodies and answers of an operation.
pub fn tighten_operation(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(Parameter { schema: Some(schema), .. }) = parameter {
            tighten(schema);
        }
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.content.values_mut().for_each(tighten_content);
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(Response { headers, content, .. }) = response {
            for (media, content) in content {
                if media == "text/csv" {
                    allow_a_file(content);
                }
                tighten_content(content);
            }
            for header in headers.values_mut() {
                if let RefOr::T(Header { schema: Some(schema), .. }) = header {
                    tighten(schema);
                }
            }
        }
    }
}

fn allow_a_file(content: &mut RefOr<utoipa::openapi::Content>) {
    if let RefOr::T(content) = content
        && let Some(RefOr::T(Schema::Object(text))) = &mut content.schema
    {
        text.max_length.get_or_insert(LONGEST_FILE);
    }
}

fn tighten_content(content: &mut RefOr<utoipa::openapi::Content>) {
    if let RefOr::T(content) = content
        && let Some(schema) = &mut content.schema
    {
        tighten(schema);
    }
}

fn tighten_object(object: &mut Object) {
    object.properties.values_mut().for_each(tighten);
    if let Some(additional) = &mut object.additional_properties
        && let AdditionalProperties::RefOr(schema) = &mut **additional
    {
        tighten(schema);
    }
    if let Some(Schema::Object(names)) = object.property_names.as_deref_mut() {
        names.max_length.get_or_insert(LONGEST_NAME);
    }
    let stated = object.enum_values.is_some() || object.pattern.is_some();
    if is(object, &Type::String) && !stated && !fixed_length(object) {
        object.max_length.get_or_insert(MOST_BYTES);
    }
    if is(object, &Type::String) && object.pattern.is_some() {
        object.max_length.get_or_insert(MOST_BYTES);
    }
    if is(object, &Type::Integer) {
        let wide = object.format != Some(SchemaFormat::KnownFormat(KnownFormat::Int32));
        let (least, most) =
            if wide { (isize::MIN, isize::MAX) } else { (-2_147_483_648, 2_147_483_647) };
        if object.exclusive_minimum.is_none() {
            object.minimum.get_or_insert(Number::Int(least));
        }
        if object.exclusive_maximum.is_none() {
            object.maximum.get_or_insert(Number::Int(most));
        }
        object.format.get_or_insert(SchemaFormat::KnownFormat(KnownFormat::Int64));
    }
}

/// Dates and times say their length by their format; the bound is stated all the same.
fn fixed_length(object: &mut Object) -> bool {
    let most = match &object.format {
        Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)) => 40,
        Some(SchemaFormat::KnownFormat(KnownFormat::Date)) => 10,
        Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)) => 36,
        Some(_) | None => return false,
    };
    object.max_length.get_or_insert(most);
    true
}

fn is(object: &Object, wanted: &Type) -> bool {
    match &object.schema_type {
        SchemaType::Type(kind) => kind == wanted,
        SchemaType::Array(kinds) => kinds.contains(wanted),
        SchemaType::AnyValue => false,
    }
}
