//! Every request that the vendors' documents show, sent by the program that they show it with, and
//! every answer, byte for byte. They are kept in the folder beside this file.

use serde::Deserialize;
use serde_json::Value;
use std::process::Stdio;
use tokio::process::Command;

use super::stage::{key, tenant, token};
use crate::support::server::TestServer;
use crate::support::tenant::{PASSWORD, TestKey};
use crate::support::{Result, fail};

pub const DOCUMENTS: [(&str, &str); 5] = [
    ("delphos", include_str!("documents/delphos.toml")),
    ("clinikapi", include_str!("documents/clinikapi.toml")),
    ("deliverty", include_str!("documents/deliverty.toml")),
    ("delivr", include_str!("documents/delivr.toml")),
    ("novamed", include_str!("documents/novamed.toml")),
];

/// A vendor's requests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    /// What stands for the key in them, and for the secret.
    key: String,
    secret: Option<String>,
    /// Where they send most requests.
    origin: String,
    /// The vendor's number for the tenant in them.
    tenant: Option<String>,
    #[serde(rename = "exchange")]
    pub exchanges: Vec<Exchange>,
}

/// A request and its answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    pub name: String,
    /// Which kind of key takes the place of the one that is shown.
    with: String,
    command: String,
    /// What runs it; a shell, in which there is curl, when it is not said.
    program: Option<String>,
    status: Option<u16>,
    /// The body, or what the program prints.
    answer: Option<String>,
    /// The body as JSON, where "*" stands for any text.
    json: Option<String>,
}

impl Documents {
    pub fn parse(text: &str) -> Result<Self> {
        Ok(toml::from_str(text)?)
    }
}

/// curl, sent to this machine; the status comes in a line of its own after the body. Each request
/// goes without encryption, which the program allows from its own machine.
const CURL: &str = r#"curl() {
    command curl -sS --noproxy '*' --connect-to "::$ADDRESS" --write-out '\n%{http_code}' "$@"
}
"#;

async fn run(exchange: &Exchange, command: &str, address: &str) -> Result<Option<String>> {
    let mut program = Command::new(exchange.program.as_deref().unwrap_or("bash"));
    if exchange.program.is_some() {
        program.args(["--input-type=module", "--eval", command]);
    } else {
        program.args(["-c", &format!("{CURL}{command}")]);
    }
    let output = program.env("ADDRESS", address).env("NO_COLOR", "1").stdin(Stdio::null()).output();
    let output = match output.await {
        Ok(output) => output,
        // Not every machine has every language; curl is always there.
        Err(error) if exchange.program.is_some() => {
            eprintln!("{}: not run: {error}", exchange.name);
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaints}", exchange.name);
    Ok(Some(String::from_utf8(output.stdout)?))
}

fn check(exchange: &Exchange, output: &str) -> Result {
    let name = &exchange.name;
    let body = match exchange.status {
        Some(status) => {
            let (body, code) = output.rsplit_once('\n').ok_or("no status")?;
            assert_eq!(code, status.to_string(), "{name}: {body}");
            body
        }
        None => output,
    };
    match (&exchange.answer, &exchange.json) {
        (Some(answer), None) => assert_eq!(body, answer, "{name}"),
        (None, Some(json)) => {
            let (wanted, got) = (serde_json::from_str(json)?, serde_json::from_str(body)?);
            assert!(fits(&wanted, &got), "{name}: {got}");
        }
        _ => return fail(format!("{name}: say either answer or json")),
    }
    Ok(())
}

fn fits(wanted: &Value, got: &Value) -> bool {
    match (wanted, got) {
        (Value::String(any), Value::String(_)) if any == "*" => true,
        (Value::Object(wanted), Value::Object(got)) => {
            wanted.len() == got.len()
                && wanted.iter().all(|(name, it)| got.get(name).is_some_and(|got| fits(it, got)))
        }
        (Value::Array(wanted), Value::Array(got)) => {
            wanted.len() == got.len() && wanted.iter().zip(got).all(|(it, got)| fits(it, got))
        }
        _ => wanted == got,
    }
}

async fn all_of(profile: &str) -> Result {
    let (_, text) = DOCUMENTS.iter().find(|(name, _)| *name == profile).ok_or("no documents")?;
    let documents = Documents::parse(text)?;
    let server = TestServer::start().await?;
    let tenant = tenant(&server, profile, documents.tenant.as_deref()).await?;
    let address = server.addresses().api.trim_start_matches("http://").to_owned();
    for exchange in &documents.exchanges {
        let shown = match exchange.with.as_str() {
            "none" => None,
            "sample" => Some((documents.key.clone(), String::new())),
            // In the key's place the address, in the secret's the password.
            "login" => Some((tenant.email.clone(), PASSWORD.to_owned())),
            "token" => Some((token(&server, &tenant).await?, String::new())),
            "foreign" | "empty" => {
                let other = super::stage::tenant(&server, profile, None).await?;
                Some(key(&server, &other, "good").await?.shown())
            }
            kind => Some(key(&server, &tenant, kind).await?.shown()),
        };
        server.backend().directory.catch_up().await;
        let (key, secret) = shown.unwrap_or_default();
        let mut command = exchange.command.replace(&documents.key, &key);
        if let Some(text) = &documents.secret {
            command = command.replace(text, &secret);
        }
        if exchange.program.is_some() {
            command = command.replace(&documents.origin, &format!("http://{address}"));
        }
        let command = command.replace("your-instance", &tenant.slug).replace("https://", "http://");
        if let Some(output) = run(exchange, &command, &address).await? {
            check(exchange, &output)?;
        }
    }
    Ok(())
}

impl TestKey {
    fn shown(self) -> (String, String) {
        (self.text, self.secret)
    }
}

#[tokio::test]
async fn delphos_documents() -> Result {
    all_of("delphos").await
}

#[tokio::test]
async fn clinikapi_documents() -> Result {
    all_of("clinikapi").await
}

#[tokio::test]
async fn deliverty_documents() -> Result {
    all_of("deliverty").await
}

#[tokio::test]
async fn delivr_documents() -> Result {
    all_of("delivr").await
}

#[tokio::test]
async fn novamed_documents() -> Result {
    all_of("novamed").await
}
