//! Owns how single JSON values become numbers, texts, bytes and enum values. Never messages.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use prost_reflect::{EnumDescriptor, Kind, Value};
use serde_json::Number;

use super::Wrong;
use crate::json::{refusal::near, strict::Json};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// Above it a double does not tell neighbouring integers apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The value of this kind. Errors: another type, out of range, no such enum value; never called for messages.
pub(crate) fn scalar(kind: &Kind, json: &Json) -> Result<Value, Wrong> {
    match kind {
        Kind::Double => float(json, f64::MAX).map(Value::F64),
        Kind::Float => float(json, f32::MAX.into()).map(|value| Value::F32(value as f32)),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => integer(json, "32-bit").map(Value::I32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => integer(json, "64-bit").map(Value::I64),
        Kind::Uint32 | Kind::Fixed32 => integer(json, "unsigned 32-bit").map(Value::U32),
        Kind::Uint64 | Kind::Fixed64 => integer(json, "unsigned 64-bit").map(Value::U64),
        Kind::Bool => match json {
            Json::Bool(value) => Ok(Value::Bool(*value)),
            other => Err(Wrong::kind(other, "true or false")),
        },
        Kind::String => match json {
            Json::Text(text) => Ok(Value::String(text.clone())),
            other => Err(Wrong::kind(other, "a text")),
        },
        Kind::Bytes => bytes(json).map(|bytes| Value::Bytes(bytes.into())),
        Kind::Enum(descriptor) => enum_value(descriptor, json).map(Value::EnumNumber),
        Kind::Message(_) => Err(Wrong::kind(json, "an object")),
    }
}

fn integer<T: TryFrom<i128>>(json: &Json, size: &str) -> Result<T, Wrong> {
    let expected = format!("a {size} integer");
    let whole = match json {
        Json::Number(number) => whole(number),
        Json::Text(text) => match text.parse::<i128>() {
            // Rust reads a plus sign; JSON has none.
            Ok(value) if !text.starts_with('+') => Some(value),
            _ => text.parse::<Number>().ok().as_ref().and_then(whole),
        },
        other => return Err(Wrong::kind(other, &expected)),
    };
    let whole = whole.ok_or_else(|| Wrong::new("WRONG_TYPE", format!("is not {expected}")))?;
    T::try_from(whole).map_err(|_| Wrong::new("OUT_OF_RANGE", format!("is not within a {size} integer")))
}

/// The integer that a number is, also when it is written as `1.0` or `1e3`.
fn whole(number: &Number) -> Option<i128> {
    if let Some(value) = number.as_i64() {
        return Some(value.into());
    }
    if let Some(value) = number.as_u64() {
        return Some(value.into());
    }
    let value = number.as_f64()?;
    // Beyond the exact range the number that was written is not known; that it is out of range may be.
    let told = value.fract() == 0.0 && (value.abs() <= EXACT || value.abs() >= 18_446_744_073_709_551_616.0);
    told.then_some(value as i128)
}

fn float(json: &Json, most: f64) -> Result<f64, Wrong> {
    let value = match json {
        Json::Number(number) => number.as_f64(),
        Json::Text(text) if ["NaN", "Infinity", "-Infinity"].contains(&text.as_str()) => {
            return Err(Wrong::new("NOT_FINITE", format!("is {text}; expected is a finite number")));
        }
        Json::Text(text) => text.parse::<Number>().ok().and_then(|number| number.as_f64()),
        other => return Err(Wrong::kind(other, "a number")),
    };
    let value = value.ok_or_else(|| Wrong::new("WRONG_TYPE", "is not a number"))?;
    if value.abs() <= most { Ok(value) } else { Err(Wrong::new("OUT_OF_RANGE", format!("is not within ±{most:e}"))) }
}

fn bytes(json: &Json) -> Result<Vec<u8>, Wrong> {
    let Json::Text(text) = json else { return Err(Wrong::kind(json, "a text in base64")) };
    let standard = text.replace('-', "+").replace('_', "/");
    BASE64.decode(standard).map_err(|error| Wrong::new("WRONG_TYPE", format!("is not base64: {error}")))
}

fn enum_value(descriptor: &EnumDescriptor, json: &Json) -> Result<i32, Wrong> {
    let names = || descriptor.values().map(|value| value.name().to_owned()).collect::<Vec<_>>();
    match json {
        Json::Text(text) => match descriptor.get_value_by_name(text) {
            Some(value) => Ok(value.number()),
            None => {
                let shown: String = text.chars().take(100).collect();
                let near = near(text, names().iter().map(String::as_str));
                Err(Wrong::new("UNKNOWN_VALUE", format!("has no value {shown:?}; {near}")))
            }
        },
        Json::Number(_) => {
            let number: i32 = integer(json, "32-bit")?;
            let known = descriptor.get_value(number).is_some();
            known
                .then_some(number)
                .ok_or_else(|| Wrong::new("UNKNOWN_VALUE", format!("has no value with number {number}")))
        }
        other => Err(Wrong::kind(other, "the name or number of a value")),
    }
}
