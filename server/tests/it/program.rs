//! Starting and stopping the program itself, in good and bad circumstances.

use nix::sys::signal::Signal;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::Result;
use crate::support::database::TestDatabase;
use crate::support::directory::TestDirectory;
use crate::support::http::get;
use crate::support::program::{Program, fails, program, serve};

/// One line, which begins with the program's name.
fn one_line(complaint: &str) -> &str {
    let mut lines = complaint.lines();
    let first = lines.next().unwrap_or_default();
    assert!(first.starts_with("latchkey: ") && lines.next().is_none(), "{complaint}");
    first
}

#[tokio::test]
async fn help_explains_every_setting() -> Result {
    let output = program("serve").arg("--help").output().await?;
    let help = String::from_utf8(output.stdout)?;
    for setting in [
        "--demo",
        "LATCHKEY_DATA_DIR",
        "LATCHKEY_DASHBOARD_ADDR",
        "LATCHKEY_API_ADDR",
        "LATCHKEY_INTERNAL_ADDR",
        "LATCHKEY_INTERNAL_TOKEN",
        "LATCHKEY_GATEWAY_CONFIG",
        "DATABASE_URL",
        "LATCHKEY_DASHBOARD_URL",
        "LATCHKEY_SITE_DIR",
    ] {
        assert!(help.contains(setting), "{setting} is not in:\n{help}");
    }
    Ok(())
}

#[tokio::test]
async fn an_unreachable_database_is_said_in_one_line() -> Result {
    let directory = TestDirectory::make()?;
    for (url, told) in [
        ("postgres://me:s3cret@127.0.0.1:1/keys", r#"database "keys" at 127.0.0.1:1 as user "me""#),
        ("postgres://me:s3cret@nowhere.invalid/keys", r#""keys" at nowhere.invalid:5432"#),
        ("s3cret://127.0.0.1", "DATABASE_URL"),
    ] {
        let mut command = serve(&directory.join("data"), &directory.site()?);
        command.env("DATABASE_URL", url);
        let (code, complaint) = fails(command).await?;
        assert_eq!(code, Some(1), "{complaint}");
        let line = one_line(&complaint);
        assert!(line.contains(told) && line.contains("DATABASE_URL"), "{line}");
        assert!(!complaint.contains("s3cret"), "{complaint}");
    }
    Ok(())
}

#[tokio::test]
async fn a_port_in_use_is_named_with_the_way_to_change_it() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    for (variable, flag) in [
        ("LATCHKEY_DASHBOARD_ADDR", "--dashboard-addr"),
        ("LATCHKEY_API_ADDR", "--api-addr"),
        ("LATCHKEY_INTERNAL_ADDR", "--internal-addr"),
    ] {
        let mut command = serve(&directory.join("data"), &directory.site()?);
        command.env("DATABASE_URL", database.url()).env(variable, &address);
        let (code, complaint) = fails(command).await?;
        assert_eq!(code, Some(1), "{complaint}");
        let line = one_line(&complaint);
        for told in [variable, flag, &address] {
            assert!(line.contains(told), "{told} is not in: {line}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn missing_files_of_the_dashboard_name_the_command_that_builds_them() -> Result {
    let directory = TestDirectory::make()?;
    let (code, complaint) =
        fails(serve(&directory.join("data"), &directory.join("no-site"))).await?;
    assert_eq!(code, Some(1));
    assert!(one_line(&complaint).contains("make start"), "{complaint}");
    Ok(())
}

#[tokio::test]
async fn a_pepper_that_is_lost_or_damaged_is_not_replaced() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let data_dir = directory.join("data");
    let command = || -> Result<_> {
        let mut command = serve(&data_dir, &directory.site()?);
        command.env("DATABASE_URL", database.url()).arg("--demo");
        Ok(command)
    };
    Program::start(command()?, &directory.join("log")).await?.stop().await?;
    let pepper = data_dir.join("pepper");
    let text = std::fs::read_to_string(&pepper)?;
    assert_eq!(pepper.metadata()?.permissions().mode() & 0o777, 0o600);

    std::fs::set_permissions(&pepper, Permissions::from_mode(0o644))?;
    let (code, complaint) = fails(command()?).await?;
    assert_eq!(code, Some(1));
    assert!(complaint.contains("chmod 600"), "{complaint}");

    std::fs::set_permissions(&pepper, Permissions::from_mode(0o600))?;
    std::fs::write(&pepper, &text[..30])?;
    let (code, complaint) = fails(command()?).await?;
    assert_eq!(code, Some(1));
    assert!(complaint.contains("damaged") && !complaint.contains(&text[2..30]), "{complaint}");

    let wrong = format!("1:{}\n", "5a".repeat(32));
    std::fs::write(&pepper, &wrong)?;
    let (code, complaint) = fails(command()?).await?;
    assert_eq!(code, Some(1));
    assert!(one_line(&complaint).contains("is not the pepper that this database"), "{complaint}");
    std::fs::write(&pepper, &text)?;
    Program::start(command()?, &directory.join("log")).await?.stop().await?;

    std::fs::remove_file(&pepper)?;
    let (code, complaint) = fails(command()?).await?;
    assert_eq!(code, Some(1));
    assert!(complaint.contains("is missing"), "{complaint}");
    assert!(!pepper.exists());
    Ok(())
}

#[tokio::test]
async fn two_instances_run_side_by_side_and_a_third_is_kept_off() -> Result {
    let directory = TestDirectory::make()?;
    let site = directory.site()?;
    let start = async |name: &str| {
        let log = directory.join(&format!("{name}.log"));
        Program::start(serve(&directory.join(name), &site), &log).await
    };
    let mut one = start("one").await?;
    let mut two = start("two").await?;
    for program in [&one, &two] {
        assert_eq!(get("/readyz").send(&program.internal).await?.status, 200);
        assert_eq!(get("/favicon.svg").send(&program.dashboard).await?.body, "<svg/>");
    }
    let (code, complaint) = fails(serve(&directory.join("one"), &site)).await?;
    assert_eq!(code, Some(1));
    let line = one_line(&complaint);
    assert!(line.contains("another Latchkey") && line.contains("LATCHKEY_DATA_DIR"), "{line}");
    one.stop().await?;
    two.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_start_after_a_kill_finds_everything_again() -> Result {
    let directory = TestDirectory::make()?;
    let (data_dir, log) = (directory.join("data"), directory.join("log"));
    let site = directory.site()?;
    let start = async || {
        let mut command = serve(&data_dir, &site);
        command.arg("--demo");
        Program::start(command, &log).await
    };
    let mut program = start().await?;
    program.signal(Signal::SIGKILL)?;
    program.ended().await?;

    // Its PostgreSQL still runs; the next start has to cope.
    let mut program = start().await?;
    let demo: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(data_dir.join("demo.json"))?)?;
    let key = demo["organizations"][0]["api_key"].as_str().ok_or("no key")?;
    let patients = get("/v1/patients").host("st-mary.delphos.localhost").key(key);
    assert_eq!(patients.send(&program.api).await?.status, 200);
    program.stop().await?;
    Ok(())
}

#[tokio::test]
async fn ctrl_c_waits_for_requests_and_a_second_one_does_not() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    for signals in [1, 2] {
        let mut command = serve(&directory.join("data"), &directory.site()?);
        command.env("DATABASE_URL", database.url());
        let mut program = Program::start(command, &directory.join("log")).await?;
        // A request that never gets done.
        let address = program.api.trim_start_matches("http://");
        let mut stream = tokio::net::TcpStream::connect(address).await?;
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"POST /v1/patients HTTP/1.1\r\n").await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let began = Instant::now();
        for _ in 0..signals {
            program.signal(Signal::SIGINT)?;
            // What comes within a second is an echo of the first, not a second request.
            tokio::time::sleep(Duration::from_millis(1300)).await;
        }
        assert!(program.ended().await?.success(), "{}", program.log()?);
        let limit = if signals == 1 { 15 } else { 6 };
        assert!(began.elapsed() < Duration::from_secs(limit), "{signals}: {:?}", began.elapsed());
    }
    Ok(())
}

#[tokio::test]
async fn log_lines_are_objects_with_the_requests_id() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let mut command = serve(&directory.join("data"), &directory.site()?);
    command
        .env("DATABASE_URL", database.url())
        .env("LATCHKEY_LOG", "debug")
        .args(["--log-format", "json"]);
    let mut program = Program::start(command, &directory.join("log")).await?;
    let page = get("/login").send(&program.dashboard).await?;
    let id = page.header("x-request-id").ok_or("no id")?.to_owned();
    program.stop().await?;
    let log = program.log()?;
    let lines = log.lines().map(serde_json::from_str::<serde_json::Value>);
    let lines = lines.collect::<std::result::Result<Vec<_>, _>>()?;
    let mine = lines.iter().find(|line| line["request"] == id.as_str());
    let mine = mine.ok_or("the page left no line")?;
    assert_eq!((mine["path"].as_str(), mine["status"].as_u64()), (Some("/login"), Some(200)));
    assert!(mine["timestamp"].is_string() && mine["level"] == "DEBUG", "{mine}");
    Ok(())
}

#[tokio::test]
async fn output_that_cannot_be_written_is_no_success() -> Result {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full");
    let list = || {
        let mut list = program("profiles");
        list.arg("list").stderr(Stdio::piped());
        list
    };
    let lost = list().stdout(full()?).spawn()?.wait_with_output().await?;
    let said = String::from_utf8(lost.stderr)?;
    assert!(lost.status.code() == Some(1) && said.contains("could not be written"), "{said}");
    // Who has read enough may go.
    let mut unread = list().stdout(Stdio::piped()).spawn()?;
    drop(unread.stdout.take());
    assert!(unread.wait().await?.success());
    Ok(())
}
