//! The program as a process of its own.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::{Result, fail};

/// `latchkey serve` with free ports and no database named, to be changed and started.
pub fn serve(data_dir: &Path, site: &Path) -> Command {
    let mut command = program("serve");
    command
        .env("LATCHKEY_DATA_DIR", data_dir)
        .env("LATCHKEY_SITE_DIR", site)
        .env("LATCHKEY_DASHBOARD_ADDR", "127.0.0.1:0")
        .env("LATCHKEY_API_ADDR", "127.0.0.1:0")
        .env("LATCHKEY_INTERNAL_ADDR", "127.0.0.1:0");
    command
}

/// `latchkey` with this subcommand and nobody's settings.
pub fn program(subcommand: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    for variable in [
        "DATABASE_URL",
        "LATCHKEY_DASHBOARD_URL",
        "LATCHKEY_DATA_DIR",
        "LATCHKEY_DATASTORES",
        "LATCHKEY_GATEWAY_CONFIG",
        "LATCHKEY_INTERNAL_TOKEN",
        "LATCHKEY_LOG",
        "LATCHKEY_PROFILES_DIR",
        "LATCHKEY_SITE_DIR",
    ] {
        command.env_remove(variable);
    }
    command.arg(subcommand).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// A running `latchkey serve`. A test that fails leaves it to be killed.
pub struct Program {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
    pub dashboard: String,
    pub api: String,
    pub internal: String,
}

impl Program {
    /// Starts the command and waits until it says where it listens. Its log goes to the file.
    pub async fn start(mut command: Command, log: &Path) -> Result<Self> {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        let mut child = command.stdout(Stdio::piped()).stderr(file).spawn()?;
        let out = child.stdout.take().ok_or("no output")?;
        let mut program = Self {
            child,
            out: BufReader::new(out).lines(),
            log: log.to_owned(),
            dashboard: String::new(),
            api: String::new(),
            internal: String::new(),
        };
        tokio::time::timeout(Duration::from_secs(60), program.read_addresses()).await??;
        Ok(program)
    }

    async fn read_addresses(&mut self) -> Result {
        self.dashboard = self.value_of("Dashboard").await?;
        self.api = self.value_of("API").await?;
        self.internal = self.value_of("Internal").await?;
        Ok(())
    }

    async fn value_of(&mut self, name: &str) -> Result<String> {
        while let Some(line) = self.out.next_line().await? {
            if let Some(value) = line.strip_prefix(name) {
                return Ok(value.trim().to_owned());
            }
        }
        fail(format!("the program does not start: {}", self.log()?))
    }

    /// The rest of what it has printed once it has ended.
    pub async fn rest_of_output(&mut self) -> Result<String> {
        let mut rest = String::new();
        while let Some(line) = self.out.next_line().await? {
            rest += &line;
            rest.push('\n');
        }
        Ok(rest)
    }

    pub fn log(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&std::fs::read(&self.log)?).into_owned())
    }

    pub fn signal(&self, signal: Signal) -> Result {
        let pid = self.child.id().ok_or("it has ended")?;
        Ok(kill(Pid::from_raw(i32::try_from(pid)?), signal)?)
    }

    /// The most memory that it has ever had at once, in KiB.
    pub fn peak_memory_kib(&self) -> Result<u64> {
        let pid = self.child.id().ok_or("it has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
        Ok(number.ok_or("the system does not say")?.parse()?)
    }

    pub async fn ended(&mut self) -> Result<ExitStatus> {
        Ok(tokio::time::timeout(Duration::from_secs(40), self.child.wait()).await??)
    }

    /// Ends it in order.
    pub async fn stop(&mut self) -> Result {
        self.signal(Signal::SIGTERM)?;
        let status = self.ended().await?;
        if status.success() { Ok(()) } else { fail(format!("ended with {status}")) }
    }
}

/// What a command that ends by itself says: its exit code and standard error.
pub async fn fails(mut command: Command) -> Result<(Option<i32>, String)> {
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output();
    let output = tokio::time::timeout(Duration::from_secs(60), output).await??;
    Ok((output.status.code(), String::from_utf8(output.stderr)?))
}
