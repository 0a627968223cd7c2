//! The program in a process of its own, and what processes cost.

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, SysconfVar, sysconf};
use serde_json::Value;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::{Result, seed};

const PROGRAM: &str = env!("CARGO_BIN_EXE_latchkey");
/// Says that the load has its processor already.
const PINNED: &str = "LATCHKEY_BENCH_PINNED";
/// Nothing runs when less than a part of so many of all processors' time was used for so long.
const QUIET_PART: u64 = 10;
const QUIET_FOR: Duration = Duration::from_millis(200);
const QUIET_TRIES: usize = 100;

/// The load on the last processor, all servers on the first: so requests/s says how fast a server
/// is, not how the two shared the machine. Starts this program anew; does nothing where there is
/// one processor only, or no `taskset`.
pub fn pin_the_load() -> Result<()> {
    let processors = std::thread::available_parallelism()?.get();
    if std::env::var_os(PINNED).is_some() || processors < 2 {
        return Ok(());
    }
    let error = std::process::Command::new("taskset")
        .args(["-c", &(processors - 1).to_string()])
        .arg(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(PINNED, "yes")
        .exec();
    eprintln!("taskset: {error}; the load and the servers share all processors");
    Ok(())
}

pub fn is_pinned() -> bool {
    std::env::var_os(PINNED).is_some()
}

/// How to start a server.
pub fn beside_the_load(program: &str) -> Command {
    if !is_pinned() {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", "0", program]);
    command
}

/// How to start one that may use every processor.
fn everywhere(program: &str) -> Result<Command> {
    if !is_pinned() {
        return Ok(Command::new(program));
    }
    let processors = sysconf(SysconfVar::_NPROCESSORS_ONLN)?.ok_or("no processors")?;
    let mut command = Command::new("taskset");
    command.args(["-c", &format!("0-{}", processors - 1), program]);
    Ok(command)
}

/// A directory that is gone in the end.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn make(name: &str) -> Result<Self> {
        let name = format!("latchkey-bench-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path)?;
        // Root's PostgreSQL runs as somebody else, who has to pass.
        std::fs::set_permissions(&path, Permissions::from_mode(0o711))?;
        let site = path.join("site");
        std::fs::create_dir_all(site.join("pkg"))?;
        std::fs::write(site.join("hash.txt"), "")?;
        Ok(Self(path))
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// With a profile like the one that is measured, of which accepted calls are not logged.
    fn profiles(&self) -> Result<PathBuf> {
        let profiles = self.join("profiles");
        std::fs::create_dir_all(&profiles)?;
        let own = include_str!("../../../app/domain/profiles/delivr.toml")
            .replace("name = \"delivr\"", &format!("name = \"{}\"", seed::UNLOGGED))
            .replace("apiv3.delivr.", "unlogged.delivr.")
            .replace(seed::PREFIX, seed::UNLOGGED_PREFIX)
            .replace("[headers]", "[access_log]\ncalls = \"refused\"\n\n[headers]");
        std::fs::write(profiles.join("unlogged.toml"), own)?;
        Ok(profiles)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} stays behind: {error}", self.0.display());
        }
    }
}

/// The program, with demo data.
pub struct Latchkey {
    child: Child,
    pid: u32,
    demo: Value,
    data_dir: PathBuf,
}

impl Latchkey {
    pub async fn start(scratch: &Scratch) -> Result<Self> {
        let latchkey = Self::start_by(beside_the_load(PROGRAM), scratch).await?;
        move_postgres_to_the_load(latchkey.pid)?;
        Ok(latchkey)
    }

    /// On all processors, the load's too.
    pub async fn start_everywhere(scratch: &Scratch) -> Result<Self> {
        Self::start_by(everywhere(PROGRAM)?, scratch).await
    }

    async fn start_by(mut command: Command, scratch: &Scratch) -> Result<Self> {
        let data_dir = scratch.0.join("data");
        let log = std::fs::File::create(scratch.0.join("log"))?;
        let mut child = command
            .args(["serve", "--demo"])
            .env_remove("DATABASE_URL")
            .env("LATCHKEY_LOG", "warn")
            .env("LATCHKEY_DATA_DIR", &data_dir)
            .env("LATCHKEY_SITE_DIR", scratch.0.join("site"))
            .env("LATCHKEY_PROFILES_DIR", scratch.profiles()?)
            .env("LATCHKEY_DASHBOARD_ADDR", "127.0.0.1:0")
            .env("LATCHKEY_API_ADDR", "127.0.0.1:0")
            .env("LATCHKEY_INTERNAL_ADDR", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let out = child.stdout.take().ok_or("no output")?;
        // It says where it listens once it does.
        let first = BufReader::new(out).lines().next_line().await?;
        if first.is_none() {
            return Err(std::fs::read_to_string(scratch.0.join("log"))?.into());
        }
        let demo = serde_json::from_str(&std::fs::read_to_string(data_dir.join("demo.json"))?)?;
        let pid = child.id().ok_or("it has ended")?;
        Ok(Self { child, pid, demo, data_dir })
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    pub fn api(&self) -> &str {
        self.address("api")
    }

    pub fn internal(&self) -> &str {
        self.address("internal")
    }

    fn address(&self, name: &str) -> &str {
        self.demo[name].as_str().unwrap_or_default().trim_start_matches("http://")
    }

    /// The first organization of this profile.
    pub fn organization(&self, profile: &str) -> Result<&Value> {
        let organizations = self.demo["organizations"].as_array().ok_or("no organizations")?;
        let found = organizations.iter().find(|organization| organization["profile"] == profile);
        Ok(found.ok_or("no such organization")?)
    }

    /// Stops it in order.
    pub async fn end(&mut self) -> Result<()> {
        kill(Pid::from_raw(i32::try_from(self.pid)?), Signal::SIGTERM)?;
        let status = self.child.wait().await?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the program ended with {status}").into())
        }
    }
}

impl Drop for Latchkey {
    fn drop(&mut self) {
        if let (Some(_), Ok(pid)) = (self.child.id(), i32::try_from(self.pid)) {
            // Only after an error: it stops its database by itself.
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
    }
}

/// Gives the program's PostgreSQL the load's processor: how far the access log has got would change
/// what the server's processor is shared with, from one case to the next.
fn move_postgres_to_the_load(pid: u32) -> Result<()> {
    if !is_pinned() {
        return Ok(());
    }
    let last = sysconf(SysconfVar::_NPROCESSORS_ONLN)?.ok_or("no processors")? - 1;
    for process in descendants(pid)? {
        // It may have ended meanwhile.
        std::process::Command::new("taskset")
            .args(["-acp", &last.to_string(), &process.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
    }
    Ok(())
}

/// Processes that the process has started, and theirs.
fn descendants(pid: u32) -> Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Ok(number) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{number}/stat")) else { continue };
        // The name stands in brackets and may hold anything; the parent is field 4.
        let parent =
            stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
        parents.push((number, parent.unwrap_or(0)));
    }
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(number, _)| *number));
        next += 1;
    }
    Ok(found.split_off(1))
}

/// Waits until the machine has finished what the case before has left to it.
pub async fn until_quiet() -> Result<()> {
    for _ in 0..QUIET_TRIES {
        let before = busy_and_all()?;
        tokio::time::sleep(QUIET_FOR).await;
        let after = busy_and_all()?;
        if (after.0 - before.0) * QUIET_PART < after.1 - before.1 {
            return Ok(());
        }
    }
    Ok(())
}

/// Ticks of all processors since the start: those in which something ran, and all.
fn busy_and_all() -> Result<(u64, u64)> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().ok_or("stat")?;
    let ticks = line.split_whitespace().skip(1).take(8).map(str::parse::<u64>);
    let ticks: Vec<u64> = ticks.collect::<std::result::Result<_, _>>()?;
    let all = ticks.iter().sum();
    // Idle, and waiting for a disk, are fields 4 and 5.
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    Ok((all - idle, all))
}

/// What the process has used so far, in user and system mode.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name stands in brackets and may hold anything; utime and stime are fields 14 and 15.
    let (_, after_name) = stat.rsplit_once(") ").ok_or("stat")?;
    let ticks = after_name.split(' ').skip(11).take(2).map(str::parse::<u32>);
    let ticks: u32 = ticks.sum::<std::result::Result<_, _>>()?;
    Ok(f64::from(ticks) * tick_ms()? / 1000.0)
}

/// Over the last minute, of everything that runs: the bench itself keeps both sides busy, so that
/// much more than the number of cores means that others disturbed it.
pub fn load_average() -> Result<String> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}

/// How long a tick of those counts is, in milliseconds.
pub fn tick_ms() -> Result<f64> {
    let per_second = sysconf(SysconfVar::CLK_TCK)?.ok_or("no clock")?;
    Ok(1000.0 / f64::from(u32::try_from(per_second)?))
}
