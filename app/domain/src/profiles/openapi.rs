//! A profile as an `OpenAPI` document, for programs and people who call the API.

use serde_json::{Map, Value, json};

use super::{Answer, Collection, ContentType, FieldRule, Kind, Login, Operation, Problem, Profile};
use crate::ApiPlace;
use crate::verification::Reason;

impl Profile {
    /// `OpenAPI` 3.1. Hosts that stand in for the vendor's own are those of this machine.
    pub fn openapi(&self, here: ApiPlace) -> Value {
        let mut paths = Map::new();
        for document in &self.documents {
            let answers = json!({ "200": { "description": "The same for everybody" } });
            let responses = self.with_refusals(answers, &self.asked(false));
            let get = json!({ "summary": "Read", "responses": responses });
            paths.insert(document.path.clone(), json!({ "get": get }));
        }
        for collection in &self.collections {
            self.add_collection(collection, &mut paths);
        }
        if let Some(login) = &self.login {
            paths.insert(login.path.clone(), json!({ "post": self.login_operation(login) }));
        }
        let servers = self.hosts().map(|host| server(host, here));
        json!({
            "openapi": "3.1.0",
            "info": { "title": self.title, "version": "1" },
            "servers": servers.collect::<Vec<_>>(),
            "security": [self.security()],
            "components": { "securitySchemes": self.schemes() },
            "paths": paths,
        })
    }

    fn security(&self) -> Value {
        let names = ["key", "secret"].into_iter().take(1 + usize::from(self.has_secrets()));
        Value::Object(names.map(|name| (name.to_owned(), json!([]))).collect())
    }

    fn schemes(&self) -> Value {
        let scheme = |name: &str| json!({ "type": "apiKey", "in": "header", "name": name });
        let mut schemes = Map::new();
        schemes.insert("key".to_owned(), scheme(&self.key_header));
        if let Some(secret) = &self.secret_header {
            schemes.insert("secret".to_owned(), scheme(secret));
        }
        Value::Object(schemes)
    }

    /// Deprecated, and without a key.
    fn login_operation(&self, login: &Login) -> Value {
        let text = json!({ "type": "string", "minLength": 1 });
        let mut properties = json!({ "email": text, "password": text });
        if let Some(field) = &login.organization_field {
            properties[field] = text;
        }
        let token: Value = serde_json::from_str(&login.answer("…")).unwrap_or_default();
        let mut answers = json!({ "200": {
            "description": format!("A token for the header {}, after Bearer", login.header),
            "content": { "application/json": { "example": token } },
        } });
        let problems = [
            Problem::LoginRefused,
            Problem::Invalid,
            Problem::NotJson,
            Problem::TooLarge,
            Problem::PlainHttp,
            Problem::Unavailable,
        ];
        let problems = problems.into_iter().map(|problem| self.problem(problem));
        add_answers(&mut answers, problems.chain([self.refusal(Reason::RateLimited)]));
        let schema = json!({
            "type": "object", "properties": properties, "required": ["email", "password"],
        });
        json!({
            "summary": "Log in for a token",
            "deprecated": true,
            "security": [],
            "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } },
            "responses": answers,
        })
    }

    fn add_collection(&self, collection: &Collection, paths: &mut Map<String, Value>) {
        let (mut all, mut one) = (Map::new(), Map::new());
        for (operation, method, summary) in [
            (Operation::List, "get", "List"),
            (Operation::Create, "post", "Create"),
            (Operation::Read, "get", "Read one"),
            (Operation::Update, "patch", "Change one; null takes a field out"),
            (Operation::Replace, "put", "Replace one"),
            (Operation::Delete, "delete", "Delete one"),
        ] {
            if !collection.allows(operation) {
                continue;
            }
            let of_all = matches!(operation, Operation::List | Operation::Create);
            let methods = if of_all { &mut all } else { &mut one };
            methods.insert(method.to_owned(), self.operation(collection, operation, summary));
        }
        if !one.is_empty() {
            let id = json!({ "name": "id", "in": "path", "required": true,
                             "schema": { "type": "string", "format": "uuid" } });
            one.insert("parameters".to_owned(), json!([id]));
            paths.insert(format!("{}/{{id}}", collection.path), Value::Object(one));
        }
        paths.insert(collection.path.clone(), Value::Object(all));
    }

    fn operation(&self, collection: &Collection, operation: Operation, summary: &str) -> Value {
        let (status, description) = match operation {
            Operation::Create => ("201", "Created"),
            Operation::Delete => ("204", "Deleted"),
            _ => ("200", "Done"),
        };
        let mut answer = json!({ "description": description });
        if operation != Operation::Delete {
            answer["content"] = json!({ "application/json": { "schema": { "type": "object" } } });
        }
        if operation == Operation::Create {
            answer["links"] = links(collection);
        }
        let answers = json!({ status: answer });
        let writes =
            matches!(operation, Operation::Create | Operation::Update | Operation::Replace);
        let mut problems = self.asked(writes);
        problems.extend_from_slice(match operation {
            Operation::List => &[Problem::Invalid],
            Operation::Create => {
                &[Problem::Invalid, Problem::NotJson, Problem::TooLarge, Problem::Reused]
            }
            Operation::Read | Operation::Delete => &[Problem::NotFound],
            Operation::Update | Operation::Replace => {
                &[Problem::NotFound, Problem::Invalid, Problem::NotJson, Problem::TooLarge]
            }
        });
        let mut said = json!({
            "operationId": operation_id(collection, operation),
            "summary": format!("{summary}: {}", collection.name),
            "parameters": parameters(collection, operation),
            "responses": self.with_refusals(answers, &problems),
        });
        if writes {
            let schema = schema(collection, operation != Operation::Update);
            said["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        }
        if let Some(scope) = collection.scope(writes || operation == Operation::Delete) {
            said["x-scope"] = json!(scope);
        }
        said
    }

    /// What may be wrong with the header fields of a request that writes, or of one that reads.
    fn asked(&self, writes: bool) -> Vec<Problem> {
        let declares = match self.content_type {
            Some(ContentType::Always) => true,
            Some(ContentType::Bodies) => writes,
            None => false,
        };
        let declares = declares.then_some(Problem::ContentType);
        declares.into_iter().chain(self.accept.then_some(Problem::Accept)).collect()
    }

    /// With what is said to keys that are refused, and what else may go wrong.
    fn with_refusals(&self, mut answers: Value, problems: &[Problem]) -> Value {
        let refusals = [Reason::Missing, Reason::OutOfScope, Reason::RateLimited, Reason::Stale];
        let refusals = refusals.into_iter().map(|reason| self.refusal(reason));
        let problems = problems.iter().map(|problem| self.problem(*problem));
        add_answers(&mut answers, refusals.chain(problems));
        answers
    }
}

/// The operation's name for generated clients.
fn operation_id(collection: &Collection, operation: Operation) -> String {
    let verb = match operation {
        Operation::List => "list",
        Operation::Create => "create",
        Operation::Read => "read",
        Operation::Update => "update",
        Operation::Replace => "replace",
        Operation::Delete => "delete",
    };
    format!("{verb}_{}", collection.name)
}

/// What can be done with a document that has just been made, which the answer gives the id of.
fn links(collection: &Collection) -> Value {
    const ID: &str = "id";
    let mut links = Map::new();
    let example: Value =
        serde_json::from_str(&collection.render_item(r#"{"id":"id"}"#)).unwrap_or_default();
    let within = object(example.clone()).into_iter().find(|(_, value)| value[ID] == ID);
    let place = match within {
        _ if example[ID] == ID => "/id".to_owned(),
        Some((name, _)) => format!("/{name}/id"),
        None => return Value::Object(links),
    };
    for operation in [Operation::Read, Operation::Update, Operation::Replace, Operation::Delete] {
        if collection.allows(operation) {
            let id = operation_id(collection, operation);
            let parameters = json!({ ID: format!("$response.body#{place}") });
            let link = json!({ "operationId": id, "parameters": parameters });
            links.insert(id, link);
        }
    }
    Value::Object(links)
}

fn add_answers<'a>(answers: &mut Value, more: impl Iterator<Item = &'a Answer>) {
    for answer in more {
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        answers[answer.status.to_string()] = json!({
            "description": super::answers::title(answer.status),
            "content": { "application/json": { "example": body } },
        });
    }
}

fn server(host: &str, here: ApiPlace) -> Value {
    let is_here = host.ends_with(".localhost");
    let url = if is_here { here.origin(host) } else { format!("https://{host}") };
    let mut server = json!({ "url": url });
    if host.starts_with("{slug}") {
        server["variables"] = json!({ "slug": { "default": "your-instance" } });
    }
    server
}

fn parameters(collection: &Collection, operation: Operation) -> Value {
    let text = json!({ "type": "string" });
    let mut parameters = Vec::new();
    let mut add = |name: &str, place: &str, required: bool, schema: &Value| {
        parameters
            .push(json!({ "name": name, "in": place, "required": required, "schema": schema }));
    };
    for header in collection.headers.iter().filter(|header| header.on.contains(&operation)) {
        add(&header.name, "header", true, &text);
    }
    if operation == Operation::Create {
        add("Idempotency-Key", "header", false, &json!({ "type": "string", "maxLength": 255 }));
    }
    if operation == Operation::List {
        add("limit", "query", false, &json!({ "type": "integer", "minimum": 1, "maximum": 100 }));
        add("cursor", "query", false, &text);
        for name in &collection.search {
            let kind = collection.fields.get(name).map(field).unwrap_or_default();
            add(name, "query", collection.query.required.contains(name), &kind);
        }
    }
    Value::Array(parameters)
}

/// What a document holds; of a change, nothing is required.
fn schema(collection: &Collection, whole: bool) -> Value {
    let mut root = json!({ "type": "object" });
    for (name, rule) in &collection.fields {
        let parts: Vec<&str> = name.split('.').collect();
        let Some((last, before)) = parts.split_last() else { continue };
        let mut node = &mut root;
        for part in before {
            node = &mut node["properties"][*part];
        }
        // An object's own fields stand beneath its name already, or come later.
        let known = &mut node["properties"][*last];
        for (name, value) in object(field(rule)) {
            known[name] = value;
        }
        if rule.required && whole {
            match node["required"].as_array_mut() {
                Some(names) => names.push(json!(last)),
                None => node["required"] = json!([last]),
            }
        }
    }
    root
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn field(rule: &FieldRule) -> Value {
    match rule.kind {
        Kind::Text => {
            let mut text = json!({ "type": "string" });
            if let Some(max) = rule.max {
                text["maxLength"] = json!(max);
            }
            if !rule.choices.is_empty() {
                text["enum"] = json!(rule.choices);
            }
            text
        }
        Kind::Uuid => json!({ "type": "string", "format": "uuid" }),
        Kind::Email => json!({ "type": "string", "format": "email" }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Object => json!({ "type": "object" }),
        Kind::List => json!({ "type": "array" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiles::Profiles;
    use crate::{Error, Result};

    #[test]
    fn an_api_is_described_from_its_profile() -> Result<()> {
        let profiles = Profiles::built_in()?;
        let here = ApiPlace { port: 3001, https: false };
        let of = |name| Ok::<_, Error>(profiles.get(name).ok_or(Error::NotFound)?.openapi(here));
        let deliverty = of("deliverty")?;
        let create = &deliverty["paths"]["/api/v1/tasks"]["post"];
        let schema = &create["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(
            schema["required"],
            json!(["customer", "dropoffLocation", "pickupLocation", "type"])
        );
        let customer = json!({
            "type": "object",
            "properties": {
                "name": { "type": "string", "maxLength": 200 },
                "phone": { "type": "string", "maxLength": 40 },
            },
            "required": ["name"],
        });
        assert_eq!(schema["properties"]["customer"], customer);
        assert!(create["responses"]["415"].is_object(), "{create}");
        let read = &create["responses"]["201"]["links"]["read_tasks"];
        assert_eq!(read["parameters"]["id"], json!("$response.body#/id"));
        let novamed = of("novamed")?;
        let create = &novamed["paths"]["/api/external/patient"]["post"];
        let read = &create["responses"]["201"]["links"]["read_patient"];
        assert_eq!(read["parameters"]["id"], json!("$response.body#/data/id"));
        let create = &deliverty["paths"]["/api/v1/tasks"]["post"];
        let refused = &create["responses"]["401"]["content"]["application/json"]["example"];
        assert_eq!(refused["message"], json!("Invalid API key"));
        assert!(deliverty["paths"]["/api/v1/tasks/{id}"]["put"].is_object());

        let delivr = of("delivr")?;
        assert_eq!(delivr["security"], json!([{ "key": [], "secret": [] }]));
        let list = &delivr["paths"]["/api/v1/audiences"]["get"]["parameters"][0];
        assert_eq!((&list["name"], &list["in"]), (&json!("X-Project-Id"), &json!("header")));
        assert!(delivr["paths"]["/api/v2/events/{id}"]["delete"].is_null());
        let login = &delivr["paths"]["/auth/v1/login"]["post"];
        assert_eq!((&login["deprecated"], &login["security"]), (&json!(true), &json!([])));
        let refused = &login["responses"]["401"]["content"]["application/json"]["example"];
        assert_eq!(*refused, json!({ "error": "Invalid email or password" }));
        assert!(of("delphos")?["paths"]["/auth/v1/login"].is_null());
        let url = |url: &str| json!({ "url": url });
        let mut servers = of("delphos")?["servers"].clone();
        for server in servers.as_array_mut().into_iter().flatten() {
            assert_eq!(server["variables"]["slug"]["default"], json!("your-instance"));
            server.as_object_mut().map(|server| server.remove("variables"));
        }
        let local = url("http://{slug}.delphos.localhost:3001");
        assert_eq!(servers, json!([local, url("https://{slug}.delphos.app")]));
        Ok(())
    }
}
