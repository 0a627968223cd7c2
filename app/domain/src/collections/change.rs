//! Changing a document.

use serde_json::Value;
use uuid::Uuid;

use super::create::STORED_MAX;
use super::log::{self, Deed};
use super::{Document, Refusal, Shelf};
use crate::{Error, Result, Rule, database};

/// How what is sent changes what is there.
#[derive(Clone, Debug)]
pub enum Change {
    /// Puts fields in; null takes them out (RFC 7396).
    Merge(Document),
    /// Takes the place of all but the id.
    Replace(Document),
}

/// The changed document as JSON, or why it is not changed.
pub async fn change(
    shelf: &Shelf<'_>,
    id: Uuid,
    change: Change,
) -> Result<std::result::Result<String, Refusal>> {
    let pool = shelf.backend.documents(shelf.grant)?;
    let mut transaction = database::tenant::begin(pool, shelf.grant.organization.id).await?;
    let body = sqlx::query_scalar!(
        "select body from datastore.documents
         where environment = $1 and collection = $2 and id = $3 and body @> $4 for update",
        shelf.environment(),
        shelf.collection.name,
        id,
        shelf.marks(),
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    let mut document = match (body, change) {
        (Value::Object(mut document), Change::Merge(patch)) => {
            merge(&mut document, patch);
            document
        }
        (_, Change::Replace(document)) => document,
        _ => return Err(Error::Internal("a document is no object".to_owned())),
    };
    document.insert("id".to_owned(), Value::from(id.to_string()));
    if let Err(refusal) = shelf.finish(&mut document) {
        return Ok(Err(refusal));
    }
    let body = Value::Object(document);
    let stored = sqlx::query_scalar!(
        r#"update datastore.documents set body = $4
           where environment = $1 and collection = $2 and id = $3 and octet_length($4::jsonb::text) <= $5
           returning body::text as "body!""#,
        shelf.environment(),
        shelf.collection.name,
        id,
        body,
        STORED_MAX,
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or_else(|| Error::invalid("body", Rule::TooBig))?;
    log::note(shelf, Deed::Changed, id).await?;
    transaction.commit().await?;
    Ok(Ok(stored))
}

/// RFC 7396, section 2.
fn merge(target: &mut Document, patch: Document) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.remove(&name);
            }
            Value::Object(patch) => {
                let inner = target.entry(name).or_insert(Value::Null);
                if !inner.is_object() {
                    *inner = Value::Object(Document::new());
                }
                if let Value::Object(inner) = inner {
                    merge(inner, patch);
                }
            }
            value => {
                target.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The cases of RFC 7396, appendix A, that patch an object with one.
    #[test]
    fn patches_merge_as_their_standard_says() {
        for (target, patch, merged) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ] {
            let (Value::Object(mut target), Value::Object(patch)) = (target, patch) else {
                panic!("not an object")
            };
            merge(&mut target, patch);
            assert_eq!(Value::Object(target), merged);
        }
    }
}
