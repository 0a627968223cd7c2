//! A proxy of Debian's, with a configuration from `server/examples`.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use super::directory::TestDirectory;
use super::{Result, fail, until};

/// A running proxy, on a port of its own. Dropped, it is killed.
pub struct Proxy {
    pub address: String,
    _child: Child,
    _directory: TestDirectory,
}

/// nginx as it is on any Debian, apart from where it keeps its files.
const NGINX: &str = "
daemon off;
master_process off;
pid nginx.pid;
error_log stderr warn;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include latchkey.conf;
}
";

impl Proxy {
    /// nginx, in front of these two addresses.
    pub async fn nginx(latchkey: &str, api: &str) -> Result<Self> {
        let directory = TestDirectory::make()?;
        std::fs::write(directory.join("nginx.conf"), NGINX)?;
        let example = include_str!("../../../examples/nginx/latchkey.conf");
        let address = write(&directory.join("latchkey.conf"), example, latchkey, api).await?;
        let mut command = Command::new("/usr/sbin/nginx");
        command.arg("-p").arg(directory.path()).arg("-c").arg(directory.join("nginx.conf"));
        command.arg("-e").arg("stderr");
        Self::start(command, address, directory).await
    }

    /// Caddy, in front of these two addresses.
    pub async fn caddy(latchkey: &str, api: &str) -> Result<Self> {
        let directory = TestDirectory::make()?;
        let example = include_str!("../../../examples/caddy/Caddyfile");
        // Its own administration would have one port for all tests.
        let example = format!("{{\n\tadmin off\n}}\n{example}");
        let file = directory.join("Caddyfile");
        let address = write(&file, &example, latchkey, api).await?;
        let mut command = Command::new("/usr/bin/caddy");
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
        for variable in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
            command.env(variable, directory.path());
        }
        Self::start(command, address, directory).await
    }

    async fn start(
        mut command: Command,
        address: String,
        directory: TestDirectory,
    ) -> Result<Self> {
        let log = directory.join("log");
        let file = std::fs::File::create(&log)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| {
            let program = command.as_std().get_program().to_string_lossy();
            format!("{program}: {error}; .ci/setup --test installs it")
        })?;
        until("the proxy listens", Duration::from_secs(20), async || {
            if child.try_wait()?.is_some() {
                return fail(std::fs::read_to_string(&log)?);
            }
            Ok(TcpStream::connect(&address).await.is_ok())
        })
        .await?;
        Ok(Self { address, _child: child, _directory: directory })
    }
}

/// Writes the example with other addresses, and tells on which one it listens.
async fn write(file: &Path, example: &str, latchkey: &str, api: &str) -> Result<String> {
    let free = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let bare = |address: &str| address.trim_start_matches("http://").to_owned();
    let mut text = example.to_owned();
    for (known, wanted) in [
        ("127.0.0.1:3002", bare(latchkey)),
        ("127.0.0.1:8080", bare(api)),
        ("8000", free.port().to_string()),
    ] {
        if !text.contains(known) {
            return fail(format!("{known} is not in the example"));
        }
        text = text.replace(known, &wanted);
    }
    std::fs::write(file, text)?;
    Ok(free.to_string())
}
