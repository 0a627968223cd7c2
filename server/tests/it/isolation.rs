//! The isolation proof: the command, and the page for owners.

use domain::keys::Access;
use domain::members::Role;
use serde_json::Value;

use crate::support::Result;
use crate::support::directory::TestDirectory;
use crate::support::program::program;
use crate::support::server::TestServer;
use crate::support::visitor::Visitor;

#[tokio::test]
async fn the_command_finds_a_leak_that_was_planted() -> Result {
    let server = TestServer::start().await?;
    let (one, two) = (server.tenant("delphos").await?, server.tenant("delphos").await?);
    for tenant in [&one, &two] {
        tenant.key(Access::ReadWrite).await?;
    }
    let directory = TestDirectory::make()?;
    let file = directory.join("proof.json");
    let prove = async || {
        let mut command = program("isolation");
        command.args(["prove", "--intruder", &one.slug, "--other", &two.slug, "--json"]);
        let output = command.arg(&file).env("DATABASE_URL", server.database.url()).output().await?;
        let text = String::from_utf8(output.stdout)?;
        let report: Value = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
        Result::Ok((output.status.code(), text, report))
    };
    let (code, text, report) = prove().await?;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("0 leaked"), "{text}");
    let lines = report["lines"].as_array().ok_or("no lines")?;
    let tried = |table: &str, check: &str| {
        lines.iter().any(|line| {
            line["object"] == table && line["check"] == check && line["finding"] == "held"
        })
    };
    for check in ["policies", "read", "read_unbound", "update", "delete", "insert", "rebind"] {
        assert!(tried("public.api_keys", check), "{check}: {text}");
    }

    let mut owner = server.database.owner().await?;
    sqlx::raw_sql("create policy careless on api_keys for select to latchkey_app using (true)")
        .execute(&mut owner)
        .await?;
    let (code, text, report) = prove().await?;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("public.api_keys") && text.contains("LEAKED"), "{text}");
    assert!(report["lines"].to_string().contains(r#""finding":"leak""#), "{report}");

    let mut command = program("isolation");
    command.args(["prove", "--intruder", "nobody", "--other", &two.slug]);
    let output = command.env("DATABASE_URL", server.database.url()).output().await?;
    let complaint = String::from_utf8(output.stderr)?;
    assert!(complaint.contains(r#"there is no organization "nobody""#), "{complaint}");
    Ok(())
}

#[tokio::test]
async fn owners_see_it_and_others_do_not() -> Result {
    let server = TestServer::start().await?;
    let (own, other) = (server.tenant("delphos").await?, server.tenant("delphos").await?);
    own.key(Access::ReadWrite).await?;
    let page = format!("/{}/settings/isolation", own.slug);
    let owner = Visitor::member(&server, &own, Role::Owner).await?;
    let asked = owner.get(&page).await?;
    assert!(asked.status == 200 && asked.body.contains("Run the proof"), "{}", asked.body);
    let shown = owner.post(&page, "").await?;
    assert_eq!(shown.status, 200);
    assert!(shown.body.contains("Nothing was let through"), "{}", shown.body);
    assert!(shown.body.contains("public.api_keys"), "{}", shown.body);
    let file = owner.post(&format!("{page}.json"), "").await?;
    assert_eq!(file.json()?["intruder"], "another tenant");
    assert!(!file.body.contains(&other.slug), "who tried stays unsaid");

    for role in [Role::Admin, Role::Developer, Role::Viewer] {
        let member = Visitor::member(&server, &own, role).await?;
        assert_eq!(member.get(&page).await?.status, 403, "{role}");
        assert_eq!(member.post(&page, "").await?.status, 403, "{role}");
    }
    let stranger = Visitor::member(&server, &other, Role::Owner).await?;
    assert_eq!(stranger.post(&page, "").await?.status, 404);
    Ok(())
}
