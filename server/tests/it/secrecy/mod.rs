//! Secrets stay out of the log, however much is logged, and out of everything else.

mod everywhere;

use crate::support::Result;
use crate::support::database::TestDatabase;
use crate::support::directory::TestDirectory;
use crate::support::http::{get, post};
use crate::support::program::{Program, serve};

#[tokio::test]
async fn the_whole_log_holds_no_secret() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let data_dir = directory.join("data");
    let mut command = serve(&data_dir, &directory.site()?);
    command.env("DATABASE_URL", database.url()).env("LATCHKEY_LOG", "trace").arg("--demo");
    let mut program = Program::start(command, &directory.join("log")).await?;
    let demo: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(data_dir.join("demo.json"))?)?;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let password = text(&demo["users"][0]["password"]);
    let (delphos, delivr) = (&demo["organizations"][0], &demo["organizations"][3]);
    let (key, secret) = (text(&delivr["api_key"]), text(&delivr["api_secret"]));

    let form = format!("email=viewer%40st-mary.example&password={password}");
    let signed_in = post("/login", &form)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .send(&program.dashboard)
        .await?;
    let cookie = signed_in.header("set-cookie").ok_or("not signed in")?;
    let session = cookie.split(['=', ';']).nth(1).ok_or("no session")?.to_owned();
    let page = get("/st-mary").header("cookie", &format!("latchkey_session={session}"));
    assert_eq!(page.send(&program.dashboard).await?.status, 200);
    let wrong = form.replace(&password, "a-wrong-passw0rd");
    let wrong = post("/login", &wrong)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    assert_eq!(wrong.send(&program.dashboard).await?.status, 422);
    let call = get("/api/v1/lookup?hem=0").host("apiv3.delivr.localhost").key(&key);
    assert_eq!(call.header("x-api-secret", &secret).send(&program.api).await?.status, 200);
    let question = format!(r#"{{"key":"{key}","secret":"{secret}"}}"#);
    assert_eq!(post("/verify", &question).send(&program.internal).await?.status, 200);
    assert_eq!(
        post("/verify", &question[..question.len() - 1]).send(&program.internal).await?.status,
        400
    );
    program.stop().await?;

    let log = program.log()?;
    assert!(log.contains("TRACE") && log.lines().count() > 100, "everything is logged");
    let pepper = std::fs::read_to_string(data_dir.join("pepper"))?;
    let pepper = pepper.trim().trim_start_matches("1:").to_owned();
    let secrets = [
        ("pepper", pepper),
        ("password", password),
        ("wrong password", "a-wrong-passw0rd".to_owned()),
        ("key", key),
        ("secret", secret),
        ("another key", text(&delphos["api_key"])),
        ("session", session),
    ];
    for (what, secret) in secrets {
        let found = log.lines().find(|line| line.contains(&secret));
        assert!(secret.len() > 10 && found.is_none(), "{what}: {found:?}");
    }
    Ok(())
}
