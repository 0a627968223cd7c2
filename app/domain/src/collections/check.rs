//! Whether a document holds what its collection asks for.

use serde_json::Value;
use time::Date;
use time::macros::format_description;
use uuid::Uuid;

use super::{Document, Refusal};
use crate::directory::OrganizationState;
use crate::profiles::{Collection, FieldRule, Kind};
use crate::users::Email;

/// The tenant first: whose document it is comes before what it says.
pub(super) fn check(
    collection: &Collection,
    organization: &OrganizationState,
    document: &Document,
) -> Result<(), Refusal> {
    if let Some(field) = &collection.tenant_field {
        let named = document.get(field).and_then(Value::as_str).and_then(|id| id.parse().ok());
        let own = organization.external_id.as_deref().and_then(|id| id.parse::<Uuid>().ok());
        if own.is_none() || named != own {
            return Err(Refusal::TenantNotFound);
        }
    }
    for (name, rule) in &collection.fields {
        match find(document, name) {
            Some(value) => {
                fits(rule, value).map_err(|what| Refusal::Invalid(format!("{name} {what}")))?;
            }
            None if rule.required => return Err(Refusal::Invalid(format!("{name} is required"))),
            None => {}
        }
    }
    Ok(())
}

/// The field; null is as good as none. Dots lead into objects.
fn find<'a>(document: &'a Document, name: &str) -> Option<&'a Value> {
    let mut parts = name.split('.');
    let first = document.get(parts.next()?)?;
    let found = parts.try_fold(first, |value, part| value.get(part))?;
    (!found.is_null()).then_some(found)
}

fn fits(rule: &FieldRule, value: &Value) -> Result<(), String> {
    let text = value.as_str();
    let good = match rule.kind {
        Kind::Text => {
            return text.map_or(Err("must be a text".to_owned()), |it| text_fits(rule, it));
        }
        Kind::Uuid => text.is_some_and(is_uuid),
        Kind::Email => text.is_some_and(|text| Email::parse(text).is_ok() && text.trim() == text),
        Kind::Date => text.is_some_and(is_date),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::Object => value.is_object(),
        Kind::List => value.is_array(),
    };
    let wanted = match rule.kind {
        Kind::Text => "a text",
        Kind::Uuid => "a UUID",
        Kind::Email => "an e-mail address",
        Kind::Date => "a day, such as 2026-03-01",
        Kind::Number => "a number",
        Kind::Boolean => "true or false",
        Kind::Object => "an object",
        Kind::List => "a list",
    };
    if good { Ok(()) } else { Err(format!("must be {wanted}")) }
}

fn text_fits(rule: &FieldRule, text: &str) -> Result<(), String> {
    if rule.required && text.trim().is_empty() {
        return Err("must not be empty".to_owned());
    }
    if let Some(max) = rule.max.filter(|max| text.chars().count() > *max) {
        return Err(format!("must have at most {max} characters"));
    }
    if !rule.choices.is_empty() && !rule.choices.iter().any(|choice| choice == text) {
        return Err(format!("must be one of {}", rule.choices.join(", ")));
    }
    Ok(())
}

/// As documents write it, with hyphens.
fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.parse::<Uuid>().is_ok()
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && Date::parse(text, format_description!("[year]-[month]-[day]")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(kind: Kind, value: Value) -> Option<String> {
        fits(&FieldRule { kind, required: true, ..FieldRule::default() }, &value).err()
    }

    #[test]
    fn formats_are_checked() {
        let uuid = "550e8400-e29b-41d4-a716-446655440000";
        for (kind, good) in [
            (Kind::Text, json!("x")),
            (Kind::Uuid, json!(uuid)),
            (Kind::Email, json!("dr.johnson@clinic.com")),
            (Kind::Date, json!("1985-03-15")),
            (Kind::Number, json!(-0.5)),
            (Kind::Boolean, json!(false)),
            (Kind::Object, json!({})),
            (Kind::List, json!([])),
        ] {
            assert_eq!(said(kind, good), None, "{kind:?}");
        }
        for (kind, wrong) in [
            (Kind::Text, json!(" ")),
            (Kind::Text, json!(7)),
            (Kind::Uuid, json!(uuid.replace('-', ""))),
            (Kind::Uuid, json!(7)),
            (Kind::Email, json!("dr.johnson")),
            (Kind::Email, json!(" a@b.example")),
            (Kind::Date, json!("1985-02-30")),
            (Kind::Date, json!("1985-3-15")),
            (Kind::Number, json!("1")),
            (Kind::Boolean, json!(0)),
            (Kind::Object, json!([])),
            (Kind::List, json!({})),
        ] {
            assert!(said(kind, wrong.clone()).is_some(), "{kind:?} {wrong}");
        }
        let choices = FieldRule { choices: vec!["A".into(), "B".into()], ..FieldRule::default() };
        assert_eq!(fits(&choices, &json!("C")), Err("must be one of A, B".to_owned()));
        let short = FieldRule { max: Some(2), ..FieldRule::default() };
        assert_eq!(fits(&short, &json!("éé")), Ok(()));
        assert_eq!(fits(&short, &json!("abc")), Err("must have at most 2 characters".to_owned()));
    }

    #[test]
    fn dots_lead_into_objects() {
        let Value::Object(document) = json!({ "a": { "b": 1, "c": null }, "d": 1 }) else {
            panic!("not an object")
        };
        assert_eq!(find(&document, "a.b"), Some(&json!(1)));
        for absent in ["a.c", "a.b.c", "d.b", "e", "a."] {
            assert_eq!(find(&document, absent), None, "{absent}");
        }
    }
}
