//! Who may ask the internal endpoints.

use server::internal::Token;

use crate::support::database::TestDatabase;
use crate::support::directory::TestDirectory;
use crate::support::http::{get, post};
use crate::support::program::{Program, fails, serve};
use crate::support::server::TestServer;
use crate::support::{Result, fail};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

#[tokio::test]
async fn where_there_is_a_token_it_is_demanded() -> Result {
    let Some(token) = Token::parse(TOKEN)? else { return fail("no token") };
    let server = TestServer::start_as(|config| config.internal_token = Some(token)).await?;
    let requests =
        [post("/verify", "{}"), post("/verify/batch", "{}"), get("/forward-auth"), get("/nothing")];
    for request in requests {
        let wrong = format!("Bearer {}", TOKEN.replace('f', "e"));
        let longer = format!("Bearer {TOKEN}0");
        for header in ["", TOKEN, "Bearer ", "Basic x", "Bearer \u{e9}", &wrong, &longer] {
            let answer = server.internal(&request.clone().header("authorization", header)).await?;
            assert_eq!(answer.status, 401, "{header}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            assert!(answer.json()?["error"].is_string());
        }
        for (name, value) in [
            ("authorization", format!("Bearer {TOKEN}")),
            ("authorization", format!("bearer {TOKEN}")),
            ("x-latchkey-token", TOKEN.to_owned()),
        ] {
            let answer = server.internal(&request.clone().header(name, &value)).await?;
            assert_ne!(answer.status, 401, "{name}");
        }
    }
    for open in ["/healthz", "/readyz"] {
        assert_eq!(server.internal(&get(open)).await?.status, 200);
    }
    Ok(())
}

#[tokio::test]
async fn others_are_let_near_with_a_token_only() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let command = |token: &str| -> Result<_> {
        let mut command = serve(&directory.join("data"), &directory.site()?);
        command
            .env("DATABASE_URL", database.url())
            .env("LATCHKEY_INTERNAL_ADDR", "0.0.0.0:0")
            .env("LATCHKEY_INTERNAL_TOKEN", token);
        Ok(command)
    };
    for (token, told) in
        [("", "--internal-token, LATCHKEY_INTERNAL_TOKEN"), ("s3cret", "at least 32 characters")]
    {
        let (code, complaint) = fails(command(token)?).await?;
        assert_eq!(code, Some(1), "{complaint}");
        assert!(complaint.contains(told) && complaint.lines().count() == 1, "{complaint}");
        assert!(!complaint.contains("s3cret"), "{complaint}");
    }
    let mut program = Program::start(command(TOKEN)?, &directory.join("log")).await?;
    assert_eq!(post("/verify", "{}").send(&program.internal).await?.status, 401);
    let asked = post("/verify", "{}").header("authorization", &format!("Bearer {TOKEN}"));
    assert_eq!(asked.send(&program.internal).await?.status, 200);
    program.stop().await?;
    assert!(!program.log()?.contains(TOKEN));
    Ok(())
}
