//! The sample collections over HTTP: one handler for all, told by the profile what it serves.

mod body;
mod once;

use axum::body::Body;
use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use domain::collections::change::{Change, change};
use domain::collections::create::{Created, create};
use domain::collections::delete::delete;
use domain::collections::get::get;
use domain::collections::list::list;
use domain::collections::{Document, Refusal, Shelf, search};
use domain::profiles::{Collection, Operation, Problem, Profile};
use domain::verification::Grant;
use domain::{Backend, Error};
use serde_json::Value;

use super::surface::{bad_request, json, method_not_allowed, problem};

/// A call that has been let in.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub backend: &'a Backend,
    pub profile: &'a Profile,
    pub grant: &'a Grant,
}

/// What a method asks for.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    List,
    Create,
    Read(&'a str),
    Update(&'a str),
    Replace(&'a str),
    Delete(&'a str),
}

impl<'a> Wanted<'a> {
    /// `None` where there is no such method.
    fn of(method: &Method, id: Option<&'a str>) -> Option<Self> {
        match (method, id) {
            (&Method::GET | &Method::HEAD, None) => Some(Self::List),
            (&Method::POST, None) => Some(Self::Create),
            (&Method::GET | &Method::HEAD, Some(id)) => Some(Self::Read(id)),
            (&Method::PATCH, Some(id)) => Some(Self::Update(id)),
            (&Method::PUT, Some(id)) => Some(Self::Replace(id)),
            (&Method::DELETE, Some(id)) => Some(Self::Delete(id)),
            _ => None,
        }
    }

    fn operation(self) -> Operation {
        match self {
            Self::List => Operation::List,
            Self::Create => Operation::Create,
            Self::Read(_) => Operation::Read,
            Self::Update(_) => Operation::Update,
            Self::Replace(_) => Operation::Replace,
            Self::Delete(_) => Operation::Delete,
        }
    }
}

impl Call<'_> {
    /// Answers a request to the collection, or to the document of it with this id.
    pub async fn answer(
        self,
        collection: &Collection,
        id: Option<&str>,
        request: &Parts,
        body: Body,
    ) -> Response {
        let wanted = Wanted::of(&request.method, id);
        let Some(wanted) = wanted.filter(|wanted| collection.allows(wanted.operation())) else {
            return method_not_allowed(self.profile, &allowed(collection, id.is_some()));
        };
        let headers = match marks(collection, wanted.operation(), &request.headers) {
            Ok(headers) => headers,
            Err(message) => return bad_request(self.profile, &message),
        };
        let shelf = Shelf::new(self.backend, self.profile, collection, self.grant, headers.clone());
        let answer = match wanted {
            Wanted::List => self.list(&shelf, request).await,
            Wanted::Create => self.create(&shelf, request, &headers, body).await,
            Wanted::Read(id) => self.read(&shelf, id).await,
            Wanted::Update(id) => self.change(&shelf, id, request, body, Change::Merge).await,
            Wanted::Replace(id) => self.change(&shelf, id, request, body, Change::Replace).await,
            Wanted::Delete(id) => self.delete(&shelf, id).await,
        };
        answer.unwrap_or_else(|answer| answer)
    }

    async fn list(self, shelf: &Shelf<'_>, request: &Parts) -> Result<Response, Response> {
        let Ok(Query(parameters)) = Query::<Vec<(String, String)>>::try_from_uri(&request.uri)
        else {
            return Err(bad_request(self.profile, "The address cannot be read after its ?"));
        };
        let search = search(shelf.collection, self.profile.tag.as_ref(), &parameters)
            .map_err(|message| bad_request(self.profile, &message))?;
        let page = list(shelf, &search).await.map_err(|error| self.fail(&error))?;
        let next = page.next.map(|next| next.to_string());
        let body = shelf.collection.render_list(&page.documents, next.as_deref());
        Ok(json(StatusCode::OK, body.into()))
    }

    async fn create(
        self,
        shelf: &Shelf<'_>,
        request: &Parts,
        headers: &Document,
        body: Body,
    ) -> Result<Response, Response> {
        let key =
            once::key(&request.headers).map_err(|message| bad_request(self.profile, message))?;
        let (document, body) = body::read(self.profile, &request.headers, body).await?;
        let once = key.map(|key| once::once(key, &body, headers));
        match create(shelf, document, once).await.map_err(|error| self.fail(&error))? {
            Created::Kept(document) => Ok(item(shelf, StatusCode::CREATED, &document)),
            Created::Refused(refusal) => Err(self.refuse(&refusal)),
            Created::Reused => Err(problem(self.profile, Problem::Reused)),
        }
    }

    async fn read(self, shelf: &Shelf<'_>, id: &str) -> Result<Response, Response> {
        let id = id.parse().map_err(|_| problem(self.profile, Problem::NotFound))?;
        let document = get(shelf, id).await.map_err(|error| self.fail(&error))?;
        Ok(item(shelf, StatusCode::OK, &document))
    }

    async fn change(
        self,
        shelf: &Shelf<'_>,
        id: &str,
        request: &Parts,
        body: Body,
        how: impl FnOnce(Document) -> Change,
    ) -> Result<Response, Response> {
        let id = id.parse().map_err(|_| problem(self.profile, Problem::NotFound))?;
        let (document, _) = body::read(self.profile, &request.headers, body).await?;
        let changed = change(shelf, id, how(document)).await.map_err(|error| self.fail(&error))?;
        let document = changed.map_err(|refusal| self.refuse(&refusal))?;
        Ok(item(shelf, StatusCode::OK, &document))
    }

    async fn delete(self, shelf: &Shelf<'_>, id: &str) -> Result<Response, Response> {
        let id = id.parse().map_err(|_| problem(self.profile, Problem::NotFound))?;
        delete(shelf, id).await.map_err(|error| self.fail(&error))?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok(response)
    }

    fn refuse(self, refusal: &Refusal) -> Response {
        match refusal {
            Refusal::Invalid(message) => bad_request(self.profile, message),
            Refusal::TenantNotFound => problem(self.profile, Problem::TenantNotFound),
        }
    }

    fn fail(self, error: &Error) -> Response {
        let answer = match error {
            Error::NotFound => Problem::NotFound,
            Error::Invalid(_) => Problem::TooLarge,
            Error::Unavailable => Problem::Unavailable,
            error => {
                tracing::error!(%error, key = %self.grant.id, "a collection cannot be served");
                Problem::Internal
            }
        };
        problem(self.profile, answer)
    }
}

fn item(shelf: &Shelf<'_>, status: StatusCode, document: &str) -> Response {
    json(status, shelf.collection.render_item(document).into())
}

/// What the header fields that this operation needs put into documents; an error is a sentence.
fn marks(
    collection: &Collection,
    operation: Operation,
    headers: &HeaderMap,
) -> Result<Document, String> {
    let mut marks = Document::new();
    for rule in collection.headers.iter().filter(|rule| rule.on.contains(&operation)) {
        let name = &rule.name;
        let mut values = headers.get_all(name.as_str()).iter();
        let first = values.next().ok_or_else(|| format!("{name} is required"))?;
        let value = first.to_str().ok().map(str::trim).filter(|value| !value.is_empty());
        let value = value.filter(|_| values.all(|other| other == first));
        let value = value.ok_or_else(|| format!("{name} must have one value"))?;
        if let Some(field) = &rule.field {
            marks.insert(field.clone(), Value::from(value));
        }
    }
    Ok(marks)
}

/// The methods that the collection, or a document of it, has.
fn allowed(collection: &Collection, item: bool) -> String {
    let methods: &[(Operation, &str)] = if item {
        &[
            (Operation::Read, "GET, HEAD"),
            (Operation::Update, "PATCH"),
            (Operation::Replace, "PUT"),
            (Operation::Delete, "DELETE"),
        ]
    } else {
        &[(Operation::List, "GET, HEAD"), (Operation::Create, "POST")]
    };
    let methods = methods.iter().filter(|(operation, _)| collection.allows(*operation));
    methods.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}
