//! One request, before it is written in any language. It holds no key: programs read theirs from
//! the environment.

use domain::ApiPlace;
use domain::keys::Environment;
use domain::organizations::Organization;
use domain::profiles::{Profile, Sample};

/// The variable that programs find the key in.
pub const KEY: &str = "API_KEY";
/// The same for the secret of a pair.
pub const SECRET: &str = "API_SECRET";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub method: &'static str,
    pub address: String,
    /// Header fields whose values are in variables of the environment: names of both.
    pub credentials: Vec<(String, &'static str)>,
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: Option<String>,
}

/// Where the API is, for one organization and environment.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    pub profile: &'a Profile,
    pub organization: &'a Organization,
    pub environment: Environment,
    /// Where the API is on this machine.
    pub api: ApiPlace,
}

impl Place<'_> {
    pub fn host(&self) -> String {
        self.profile.host_for(&self.organization.slug, self.environment)
    }

    pub fn origin(&self) -> String {
        self.api.origin(&self.host())
    }

    /// Lists documents.
    pub fn list(&self) -> Call {
        self.call(self.profile.sample_list())
    }

    /// Makes a document; none where the API has no such endpoint, or where it asks for the
    /// vendor's number for the organization, and there is none yet.
    pub fn create(&self) -> Option<Call> {
        let tenant = self.organization.external_id.as_deref();
        if self.profile.tenant_id.is_some() && tenant.is_none() {
            return None;
        }
        self.profile.sample_write(tenant).map(|sample| self.call(sample))
    }

    /// The header fields of credentials, and the variables that hold their values.
    pub fn credentials(&self) -> Vec<(String, &'static str)> {
        let secret = self.profile.secret_header.clone().map(|name| (name, SECRET));
        std::iter::once((self.profile.key_header.clone(), KEY)).chain(secret).collect()
    }

    fn call(&self, sample: Sample) -> Call {
        Call {
            method: sample.method,
            address: format!("{}{}", self.origin(), sample.path),
            credentials: self.credentials(),
            headers: sample.headers,
            body: sample.body,
        }
    }
}

/// A request for the languages' own tests, with all that is hard to write down.
#[cfg(test)]
pub fn hard() -> Call {
    Call {
        method: "POST",
        address: "http://a.localhost:1/v1/it's".to_owned(),
        credentials: vec![("x-key".to_owned(), KEY), ("x-secret".to_owned(), SECRET)],
        headers: vec![("X-Project".to_owned(), "it's \"1\"".to_owned())],
        body: Some(r##"{"a":"it's \"#\\n","b":[true,null,1.5],"c":{}}"##.to_owned()),
    }
}
