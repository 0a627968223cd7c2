//! `latchkey with-postgres`.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::Result;
use crate::support::program::{fails, program};

#[tokio::test]
async fn passes_on_the_address_and_the_exit_code() -> Result {
    let mut command = program("with-postgres");
    command.args(["--", "sh", "-c", r#"echo "$DATABASE_URL"; exit 7"#]).stderr(Stdio::null());
    let output = command.output().await?;
    assert_eq!(output.status.code(), Some(7));
    let url = String::from_utf8(output.stdout)?;
    assert!(url.starts_with("postgres://latchkey@%2F"), "{url}");
    assert!(!Path::new(&home_of(&url)).exists(), "{url}");
    Ok(())
}

#[tokio::test]
async fn a_signal_reaches_the_command_and_nothing_stays_behind() -> Result {
    let mut command = program("with-postgres");
    command.args(["--", "sh", "-c", r#"echo "$DATABASE_URL"; exec sleep 100"#]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let out = child.stdout.take().ok_or("no output")?;
    let url = BufReader::new(out).lines().next_line().await?.ok_or("no line")?;
    assert!(Path::new(&home_of(&url)).exists(), "{url}");
    let pid = child.id().ok_or("it has ended")?;
    kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGTERM)?;
    let status = tokio::time::timeout(Duration::from_secs(20), child.wait()).await??;
    assert_eq!(status.code(), Some(128 + 15));
    assert!(!Path::new(&home_of(&url)).exists(), "{url}");
    Ok(())
}

#[tokio::test]
async fn a_command_that_is_not_there_is_named() -> Result {
    let mut command = program("with-postgres");
    command.args(["--", "no-such-command"]);
    let (code, complaint) = fails(command).await?;
    assert_eq!(code, Some(1));
    assert!(complaint.contains("no-such-command"), "{complaint}");
    Ok(())
}

/// The directory that holds the socket's.
fn home_of(url: &str) -> String {
    let host = url.split(['@', '/']).find(|part| part.starts_with("%2F")).unwrap_or_default();
    let socket = host.replace("%2F", "/");
    socket.trim_end_matches("/socket").to_owned()
}
