//! What the document says of fields that are read from their very text.

use std::borrow::Cow;

use serde_json::json;
use utoipa::openapi::schema::{Object, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An amount of money, as it comes in.
pub(super) enum AmountInput {}

impl PartialSchema for AmountInput {
    fn schema() -> RefOr<Schema> {
        let text = text().pattern(Some("^[0-9]+(\\.[0-9]+)?$")).max_length(Some(32)).examples([json!("10.00")]);
        let number = ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).examples([json!(10)]);
        let description =
            "A plain decimal in major units, without exponent: a text, or a number that is read digit by digit.";
        RefOr::T(OneOfBuilder::new().item(text).item(number).description(Some(description)).build().into())
    }
}

impl ToSchema for AmountInput {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("AmountInput")
    }
}

/// A text that some clients write as a number.
pub(super) enum TextOrNumber {}

impl PartialSchema for TextOrNumber {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Number);
        let description = "A text, or a number whose digits are the text.";
        RefOr::T(OneOfBuilder::new().item(text()).item(number).description(Some(description)).build().into())
    }
}

impl ToSchema for TextOrNumber {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("TextOrNumber")
    }
}

fn text() -> ObjectBuilder {
    Object::builder().schema_type(Type::String)
}
