//! What a list's address asks for.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::list::PAGE_SIZE;
use crate::profiles::{Collection, Kind, Tag};

/// Which documents, and how many of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// What they hold.
    pub holds: Vec<Value>,
    /// Those after this one.
    pub after: Option<Uuid>,
    /// Documents a page; [`PAGE_SIZE`] at the most.
    pub limit: i64,
}

/// Reads what stands after the question mark, decoded already. An error is a sentence.
pub fn search(
    collection: &Collection,
    tag: Option<&Tag>,
    parameters: &[(String, String)],
) -> Result<Search, String> {
    let mut search = Search { limit: PAGE_SIZE, ..Search::default() };
    for (name, value) in parameters {
        if value.contains('\0') {
            return Err("Text must not contain the character U+0000".to_owned());
        }
        match (name.as_str(), tag) {
            ("cursor", _) if value.is_empty() => {}
            ("cursor", _) => {
                let wrong = |_| "The cursor is not one that a page has given".to_owned();
                search.after = Some(value.parse().map_err(wrong)?);
            }
            ("limit", _) => search.limit = limit(value)?,
            ("_tag", Some(_)) => search.holds.push(tagged(value)),
            _ => search.holds.push(field(collection, name, value)?),
        }
    }
    let has = |name: &String| parameters.iter().any(|(known, it)| known == name && !it.is_empty());
    if let Some(absent) = collection.query.required.iter().find(|name| !has(name)) {
        return Err(format!("{absent} is required"));
    }
    let one_of = &collection.query.one_of;
    if !one_of.is_empty() && !one_of.iter().any(has) {
        return Err(format!("One of {} is required", one_of.join(", ")));
    }
    Ok(search)
}

fn limit(text: &str) -> Result<i64, String> {
    let limit = text.parse().ok().filter(|limit| (1..=PAGE_SIZE).contains(limit));
    limit.ok_or_else(|| format!("limit must be a number from 1 to {PAGE_SIZE}"))
}

/// `system|code`, or a code alone, as FHIR writes it.
fn tagged(text: &str) -> Value {
    let tag = match text.split_once('|') {
        Some((system, code)) => json!({ "system": system, "code": code }),
        None => json!({ "code": text }),
    };
    json!({ "meta": { "tag": [tag] } })
}

fn field(collection: &Collection, name: &str, value: &str) -> Result<Value, String> {
    if !collection.search.iter().any(|known| known == name) {
        return Err(format!("A list cannot be searched by {name:?}"));
    }
    let value = match collection.fields.get(name).map(|rule| rule.kind) {
        Some(Kind::Number) => serde_json::from_str(value).ok().filter(Value::is_number),
        Some(Kind::Boolean) => serde_json::from_str(value).ok().filter(Value::is_boolean),
        _ => Some(Value::from(value)),
    };
    let value = value.ok_or_else(|| format!("{name} cannot have this value"))?;
    let wrap = |inner, part: &str| Value::Object(Map::from_iter([(part.to_owned(), inner)]));
    Ok(name.rsplit('.').fold(value, wrap))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiles::Profiles;
    use crate::{Error, Result};

    fn asked(
        profile: &str,
        place: usize,
        query: &[(&str, &str)],
    ) -> Result<Result<Search, String>> {
        let profiles = Profiles::built_in()?;
        let profile = profiles.get(profile).ok_or(Error::NotFound)?;
        let query: Vec<_> =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ok(search(&profile.collections[place], profile.tag.as_ref(), &query))
    }

    #[test]
    fn a_list_is_searched_by_what_the_profile_names() -> Result<()> {
        let found = asked("deliverty", 0, &[("customer.phone", "+1"), ("limit", "2")])?;
        let holds = vec![json!({ "customer": { "phone": "+1" } })];
        assert_eq!(found, Ok(Search { holds, after: None, limit: 2 }));
        let tagged = asked("clinikapi", 0, &[("_tag", "s|c")])?;
        let holds = vec![json!({ "meta": { "tag": [{ "system": "s", "code": "c" }] } })];
        assert_eq!(tagged, Ok(Search { holds, after: None, limit: PAGE_SIZE }));
        for (profile, place, query, message) in [
            ("delphos", 0, &[("_tag", "x")][..], "A list cannot be searched by \"_tag\""),
            ("delphos", 0, &[("limit", "0")], "limit must be a number from 1 to 100"),
            ("delphos", 0, &[("limit", "101")], "limit must be a number from 1 to 100"),
            ("delphos", 0, &[("cursor", "7")], "The cursor is not one that a page has given"),
            ("delphos", 0, &[("email", "\0")], "Text must not contain the character U+0000"),
            ("delivr", 1, &[("pixel_id", "1")], "source is required"),
            (
                "delivr",
                1,
                &[("source", "pixel")],
                "One of pixel_id, project_id, campaign_id is required",
            ),
        ] {
            assert_eq!(asked(profile, place, query)?, Err(message.to_owned()));
        }
        Ok(())
    }
}
