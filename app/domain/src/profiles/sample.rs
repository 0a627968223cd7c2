//! Requests that may be sent as they stand, for pages that show how an API is called.

use super::{Collection, ContentType, Operation, Profile};

/// A request, without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// GET or POST.
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

impl Profile {
    /// A request that reads.
    pub fn sample_read(&self) -> Sample {
        let document = self.documents.first().map(|document| document.path.as_str());
        let collection = self.collections.first();
        let listed = collection.filter(|_| document.is_none());
        let path = document.or(collection.map(|collection| collection.path.as_str()));
        Sample {
            method: "GET",
            path: path.unwrap_or(self.base_path()).to_owned(),
            headers: self.sample_headers(listed, Operation::List),
            body: None,
        }
    }

    /// A request that lists a collection's documents, of those that ask for no more than header
    /// fields; else one that reads.
    pub fn sample_list(&self) -> Sample {
        let plain = |one: &&Collection| {
            let (query, lists) = (&one.query, one.allows(Operation::List));
            lists && query.required.is_empty() && query.one_of.is_empty()
        };
        let Some(collection) = self.collections.iter().find(plain) else {
            return self.sample_read();
        };
        Sample {
            method: "GET",
            path: collection.path.clone(),
            headers: self.sample_headers(Some(collection), Operation::List),
            body: None,
        }
    }

    /// A request that writes; `tenant` is the vendor's number for the organization.
    pub fn sample_write(&self, tenant: Option<&str>) -> Option<Sample> {
        let mut collections = self.collections.iter();
        let collection = collections.find(|one| one.allows(Operation::Create))?;
        let body = collection.sample.as_deref().unwrap_or("{}");
        Some(Sample {
            method: "POST",
            path: collection.path.clone(),
            headers: self.sample_headers(Some(collection), Operation::Create),
            body: Some(body.replace("{tenant_id}", tenant.unwrap_or_default())),
        })
    }

    fn sample_headers(
        &self,
        collection: Option<&Collection>,
        operation: Operation,
    ) -> Vec<(String, String)> {
        const JSON: &str = "application/json";
        let writes = operation == Operation::Create;
        let mut headers = Vec::new();
        if writes || self.content_type == Some(ContentType::Always) {
            headers.push(("Content-Type".to_owned(), JSON.to_owned()));
        }
        if self.accept {
            headers.push(("Accept".to_owned(), JSON.to_owned()));
        }
        let rules = collection.map_or(&[][..], |collection| &collection.headers).iter();
        headers.extend(rules.filter(|rule| rule.on.contains(&operation)).map(|rule| {
            (rule.name.clone(), rule.sample.clone().unwrap_or_else(|| "VALUE".to_owned()))
        }));
        headers
    }
}
