//! The programs that the quick start prints, taken from its page and run as they stand. The key is
//! in their environment, and what they are told is what the API says.

use domain::verification::Reason;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tokio::process::Command;

use super::stage::{CLINIC, key, tenant};
use crate::support::server::TestServer;
use crate::support::tenant::TestKey;
use crate::support::visitor::Visitor;
use crate::support::{Result, fail};

/// What one organization's page prints in one language.
struct Printed {
    profile: String,
    key: TestKey,
    read: String,
    write: String,
}

impl Printed {
    /// Name and text of both programs.
    fn programs(&self) -> [(String, &str); 2] {
        [(format!("{}_read", self.profile), &self.read), (self.name_of_write(), &self.write)]
    }

    fn name_of_write(&self) -> String {
        format!("{}_write", self.profile)
    }
}

/// The block of code beneath this mark, as the browser copies it.
fn code(page: &str, mark: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("data-testid=\"{mark}\""))?;
    let (_, rest) = rest.split_once("data-copy-source>")?;
    let (code, _) = rest.split_once("</code>")?;
    Some(code.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// Every vendor's page, for keys of this kind.
async fn printed(server: &TestServer, language: &str, kind: &str) -> Result<Vec<Printed>> {
    let mut printed = Vec::new();
    for profile in server.backend().profiles.iter() {
        if kind == "test" && profile.environments().count() == 1 {
            continue;
        }
        let number = profile.tenant_id.as_ref().map(|_| CLINIC);
        let tenant = tenant(server, &profile.name, number).await?;
        let key = key(server, &tenant, kind).await?;
        let visitor = Visitor::sign_in(server, &tenant.email).await?;
        let environment = if kind == "test" { "test" } else { "live" };
        let slug = &tenant.slug;
        let address = format!("/{slug}/quick-start?language={language}&environment={environment}");
        let page = visitor.get(&address).await?.body;
        assert!(!page.contains(&key.text), "the page holds a key");
        let find = |mark| code(&page, mark).ok_or(format!("{}: no {mark}", profile.name));
        let (read, write) = (find("program-read")?, find("program-write")?);
        printed.push(Printed { profile: profile.name.clone(), key, read, write });
    }
    Ok(printed)
}

/// A folder in which programs find names under .localhost.
struct Workshop(PathBuf);

impl Workshop {
    /// One for each test: they run side by side.
    async fn open(name: &str) -> Result<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("quick-start").join(name);
        std::fs::create_dir_all(&folder)?;
        let source = folder.join("resolver.c");
        std::fs::write(&source, include_str!("resolver.c"))?;
        let workshop = Self(folder);
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-o"]).arg(workshop.resolver()).arg(source).arg("-ldl");
        must(&mut compile).await?;
        Ok(workshop)
    }

    fn resolver(&self) -> PathBuf {
        self.0.join("resolver.so")
    }

    /// The program, ready to run.
    fn command(&self, language: &str, name: &str, text: &str) -> Result<Command> {
        let save = |end: &str| {
            let path = self.0.join(format!("{name}.{end}"));
            std::fs::write(&path, text).map(|()| path)
        };
        let mut command = match language {
            "curl" => {
                let mut shell = Command::new("sh");
                shell.args(["-c", text]);
                shell
            }
            "python" => with_file("python3", save("py")?),
            "javascript" => with_file("node", save("mjs")?),
            _ => Command::new(self.0.join("target/debug").join(name)),
        };
        command.env("LD_PRELOAD", self.resolver()).env("NO_PROXY", "*").env("no_proxy", "*");
        Ok(command)
    }

    /// Compiles Rust's, with the versions that this program's own lock file knows.
    async fn compile(&self, programs: &[(String, &str)]) -> Result {
        let manifest = "[package]\nname = \"call\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                        [dependencies]\nureq = { version = \"3\", default-features = false }\n\n\
                        [workspace]\n";
        let sources = self.0.join("src/bin");
        std::fs::create_dir_all(&sources)?;
        std::fs::write(self.0.join("Cargo.toml"), manifest)?;
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        std::fs::copy(lock, self.0.join("Cargo.lock"))?;
        for (name, text) in programs {
            std::fs::write(sources.join(format!("{name}.rs")), text)?;
        }
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--offline"]).current_dir(&self.0);
        must(cargo.env("CARGO_TARGET_DIR", self.0.join("target"))).await?;
        Ok(())
    }
}

fn with_file(program: &str, file: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.arg(file);
    command
}

async fn must(command: &mut Command) -> Result<Output> {
    let output = command.stdin(Stdio::null()).output().await?;
    if output.status.success() {
        return Ok(output);
    }
    fail(format!("{command:?}: {}", said(&output)))
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

/// Runs all programs of a language: what is written is found by the one that reads, and a wrong
/// key is told what the vendor tells it.
async fn all_of(language: &str, kind: &str) -> Result {
    let server = TestServer::start().await?;
    let workshop = Workshop::open(&format!("{language}-{kind}")).await?;
    let printed = printed(&server, language, kind).await?;
    assert!(!printed.is_empty());
    let programs: Vec<_> = printed.iter().flat_map(Printed::programs).collect();
    if language == "rust" {
        workshop.compile(&programs).await?;
    }
    for one in &printed {
        let [read, write] = one.programs();
        let command = |(name, text): &(String, &str), key: &TestKey| -> Result<Command> {
            let mut command = workshop.command(language, name, text)?;
            command.env("API_KEY", &key.text).env("API_SECRET", &key.secret);
            Ok(command)
        };
        let written = must(&mut command(&write, &one.key)?).await?;
        let written: Value = serde_json::from_slice(&written.stdout)?;
        let id = written["id"].as_str().or(written["data"]["id"].as_str()).ok_or("no id")?;
        let found = must(&mut command(&read, &one.key)?).await?;
        let found: Value = serde_json::from_slice(&found.stdout)?;
        assert_eq!(found["data"][0]["id"], id, "{}: {found}", one.profile);

        let wrong = TestKey { id: one.key.id, text: "x".to_owned(), secret: String::new() };
        let refused = command(&read, &wrong)?.stdin(Stdio::null()).output().await?;
        let profile = server.backend().profiles.get(&one.profile).ok_or("no profile")?;
        let told = &profile.refusal(Reason::Malformed).body;
        assert!(!refused.status.success() && said(&refused).contains(told), "{}", said(&refused));
    }
    Ok(())
}

#[tokio::test]
async fn printed_curl_lines_work() -> Result {
    all_of("curl", "good").await
}

#[tokio::test]
async fn printed_python_works() -> Result {
    all_of("python", "good").await
}

#[tokio::test]
async fn printed_javascript_works() -> Result {
    all_of("javascript", "good").await
}

#[tokio::test]
async fn printed_rust_compiles_and_works() -> Result {
    all_of("rust", "good").await
}

#[tokio::test]
async fn what_is_printed_for_test_keys_works_with_them() -> Result {
    all_of("curl", "test").await
}

#[tokio::test]
async fn without_the_vendors_number_nothing_is_printed_that_cannot_work() -> Result {
    let server = TestServer::start().await?;
    let tenant = tenant(&server, "novamed", None).await?;
    let visitor = Visitor::sign_in(&server, &tenant.email).await?;
    let page = visitor.get(&format!("/{}/quick-start?language=cobol", tenant.slug)).await?.body;
    assert!(page.contains("Not given yet") && page.contains("feapi.novamed.localhost"), "{page}");
    assert!(code(&page, "program-read").is_some_and(|program| program.starts_with("curl ")));
    assert_eq!(code(&page, "program-write"), None);
    Ok(())
}
