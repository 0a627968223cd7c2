//! A sixth vendor: a file in a folder, and nothing else.

use serde_json::json;

use super::stage::{Caller, tenant};
use crate::support::directory::TestDirectory;
use crate::support::http::{get, post};
use crate::support::program::{fails, program};
use crate::support::server::TestServer;
use crate::support::{Result, fail};

/// The one that README.md beside the built-in profiles shows.
fn example() -> Result<String> {
    let text = include_str!("../../../../app/domain/profiles/README.md");
    let after = text.split("```toml\n").nth(1).ok_or("the README shows no profile")?;
    Ok(after.split("```").next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_vendor_is_added_by_a_file() -> Result {
    let directory = TestDirectory::make()?;
    std::fs::write(directory.join("petly.toml"), example()?)?;
    let own = directory.path().to_owned();
    let server = TestServer::start_as(|config| config.profiles_dir = Some(own)).await?;
    let (ours, theirs) =
        (tenant(&server, "petly", None).await?, tenant(&server, "petly", None).await?);
    let caller = Caller::new(&server, &ours, "good").await?;
    assert!(caller.key.text.starts_with("petly_live_"), "what the profile says");
    let created = caller.call(&server, post("/v3/pets", r#"{"name":"Rex","kind":"dog"}"#)).await?;
    assert_eq!(created.status, 201, "{}", created.body);
    let created = created.json()?;
    let found = caller.call(&server, get("/v3/pets?kind=dog")).await?.json()?;
    assert_eq!(found["pets"], json!([created["pet"]]));
    let refused = caller.call(&server, post("/v3/pets", r#"{"kind":"dragon"}"#)).await?;
    let words = r#"{"ok":false,"why":"kind must be one of cat, dog"}"#;
    assert_eq!((refused.status, refused.body.as_str()), (422, words));

    let one = format!("/v3/pets/{}", created["pet"]["id"].as_str().ok_or("no id")?);
    let other = Caller::new(&server, &theirs, "good").await?;
    assert_eq!(other.call(&server, get(&one)).await?.status, 404);
    let nobody = server.api(&get("/v3/pets").host("api.petly.localhost")).await?;
    assert_eq!(
        (nobody.status, nobody.body.as_str()),
        (401, r#"{"ok":false,"why":"Who are you?"}"#)
    );
    Ok(())
}

#[tokio::test]
async fn a_wrong_file_is_told_by_line_and_field() -> Result {
    let directory = TestDirectory::make()?;
    let file = directory.join("petly.toml");
    std::fs::write(&file, example()?)?;
    let check = |arguments: &[&std::ffi::OsStr]| {
        let mut command = program("profiles");
        command.arg("check").args(arguments);
        command
    };
    let good = check(&[file.as_os_str()]).output().await?;
    assert_eq!(String::from_utf8(good.stdout)?, "1 profile: nothing is wrong\n");
    let built_in = check(&[]).output().await?;
    assert_eq!(String::from_utf8(built_in.stdout)?, "5 profiles: nothing is wrong\n");

    let text = example()?.replace("path = \"/v3/pets\"", "path = \"pets\"");
    let Some(line) = text.lines().position(|line| line == "path = \"pets\"") else {
        return fail("the README's profile has another path");
    };
    std::fs::write(&file, &text)?;
    let place = format!("{}:{}: collections[0].path: ", file.display(), line + 1);
    let wrong = check(&[file.as_os_str()]).output().await?;
    assert_eq!(wrong.status.code(), Some(1));
    let said = String::from_utf8(wrong.stdout)?;
    assert!(said.starts_with(&format!("{place}begin with a slash")), "{said}");
    // Nor does the program start with it.
    let mut list = program("profiles");
    list.arg("list").arg("--profiles-dir").arg(directory.path());
    let (code, said) = fails(list).await?;
    assert!(code == Some(1) && said.contains(&place), "{said}");

    std::fs::write(&file, example()?)?;
    let mut list = program("profiles");
    let listed = list.arg("list").arg("--profiles-dir").arg(directory.path()).output().await?;
    let listed = String::from_utf8(listed.stdout)?;
    assert!(listed.contains("api.petly.localhost") && listed.lines().count() == 7, "{listed}");
    let mut show = program("profiles");
    let shown = show.args(["show", "delivr"]).output().await?;
    let file = include_str!("../../../../app/domain/profiles/delivr.toml");
    assert_eq!(String::from_utf8(shown.stdout)?, file);
    Ok(())
}
