//! What every document of a call carries, so that it is found by no other.

use serde_json::{Value, json};

use super::{Document, Refusal};
use crate::profiles::{Profile, Tag};
use crate::verification::Grant;

/// Adds the profile's tag with the organization's code.
pub(super) fn add_tag(marks: &mut Document, profile: &Profile, grant: &Grant) {
    if let Some(tag) = &profile.tag {
        let code = code(tag, grant);
        marks.insert("meta".to_owned(), json!({ "tag": [{ "system": tag.system, "code": code }] }));
    }
}

fn code(tag: &Tag, grant: &Grant) -> String {
    let organization = &grant.organization;
    let id = organization.id.0.simple().to_string();
    tag.code.replace("{id}", &id).replace("{slug}", &organization.slug)
}

/// Puts the marks in. Who sends a mark that is another's, of a header field or of a tag, gets it
/// refused or replaced.
pub(super) fn put(
    document: &mut Document,
    marks: &Document,
    tag: Option<&Tag>,
) -> Result<(), Refusal> {
    for (name, mark) in marks {
        if let (Some(tag), "meta") = (tag, name.as_str()) {
            put_tag(document, mark, tag)?;
            continue;
        }
        let sent = document.insert(name.clone(), mark.clone());
        if sent.is_some_and(|sent| !sent.is_null() && sent != *mark) {
            return invalid(&format!("{name} is not what the header field says"));
        }
    }
    Ok(())
}

/// Other systems' tags stay, and so does all else in `meta`.
fn put_tag(document: &mut Document, mark: &Value, tag: &Tag) -> Result<(), Refusal> {
    let meta = document.entry("meta").or_insert_with(|| json!({}));
    if meta.is_null() {
        *meta = json!({});
    }
    let Value::Object(meta) = meta else { return invalid("meta must be an object") };
    let tags = meta.entry("tag").or_insert_with(|| json!([]));
    if tags.is_null() {
        *tags = json!([]);
    }
    let Value::Array(tags) = tags else { return invalid("meta.tag must be a list") };
    tags.retain(|sent| sent["system"] != tag.system.as_str());
    tags.push(mark["tag"][0].clone());
    Ok(())
}

fn invalid(what: &str) -> Result<(), Refusal> {
    Err(Refusal::Invalid(what.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(document: Value) -> Result<Value, Refusal> {
        let tag = Tag { system: "s".to_owned(), code: "{id}".to_owned() };
        let Value::Object(mut document) = document else { panic!("not an object") };
        let Value::Object(marks) =
            json!({ "meta": { "tag": [{ "system": "s", "code": "ours" }] } })
        else {
            panic!("not an object")
        };
        put(&mut document, &marks, Some(&tag)).map(|()| Value::Object(document))
    }

    #[test]
    fn a_foreign_tag_is_replaced_and_others_stay() {
        let ours = json!({ "system": "s", "code": "ours" });
        let other = json!({ "system": "t", "code": "x" });
        let theirs = json!({ "system": "s", "code": "theirs" });
        assert_eq!(tagged(json!({})), Ok(json!({ "meta": { "tag": [ours] } })));
        assert_eq!(
            tagged(json!({ "meta": { "tag": [theirs, other, theirs], "v": 1 } })),
            Ok(json!({ "meta": { "tag": [other, ours], "v": 1 } }))
        );
        assert_eq!(tagged(json!({ "meta": null })), Ok(json!({ "meta": { "tag": [ours] } })));
        for wrong in [json!({ "meta": 1 }), json!({ "meta": { "tag": "s" } })] {
            assert!(matches!(tagged(wrong), Err(Refusal::Invalid(_))));
        }
    }
}
