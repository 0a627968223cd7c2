//! `latchkey serve`.

use clap::Args;
use domain::usage::levels::Retention;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::profiles::Own;
use super::signals::Signals;
use super::tls::Tls;
use super::traces::OpenTelemetry;
use crate::Result;
use crate::api::TrustedProxies;
use crate::config::{Config, PublicUrl, check_retention, parse_mail, parse_webhook_networks};
use crate::datastores::NamedDatastores;
use crate::gateway::Upstreams;
use crate::internal::Token;
use crate::site::Site;
use crate::startup::{Database, Server};

/// Serve the dashboard, the API and the internal endpoints.
///
/// Ctrl-C or SIGTERM ends it in order.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "people read it as plain text, in --help")]
pub struct Arguments {
    /// Fill an empty database with demo data, and write how to use it to demo.json in the data
    /// directory.
    #[arg(long)]
    demo: bool,

    /// What is kept on this machine: the pepper without which no key is recognized, demo.json,
    /// counts on their way to the database, and the private PostgreSQL where DATABASE_URL names no
    /// other. Made where it is missing.
    #[arg(long, env = "LATCHKEY_DATA_DIR", default_value = ".latchkey", value_name = "DIRECTORY")]
    data_dir: PathBuf,

    /// Where the dashboard listens, for browsers.
    #[arg(
        long,
        env = "LATCHKEY_DASHBOARD_ADDR",
        default_value = "127.0.0.1:3000",
        value_name = "IP:PORT"
    )]
    dashboard_addr: SocketAddr,

    /// Where the API listens, for programs with a key.
    #[arg(
        long,
        env = "LATCHKEY_API_ADDR",
        default_value = "127.0.0.1:3001",
        value_name = "IP:PORT"
    )]
    api_addr: SocketAddr,

    /// Where verification for your own programs and proxies, health and readiness listen. On an
    /// address that others can reach, it needs an internal token.
    #[arg(
        long,
        env = "LATCHKEY_INTERNAL_ADDR",
        default_value = "127.0.0.1:3002",
        value_name = "IP:PORT"
    )]
    internal_addr: SocketAddr,

    /// What this node is called among others on the same database. Without it, the machine's name.
    #[arg(
        long,
        env = "LATCHKEY_NODE_NAME",
        default_value = "",
        hide_default_value = true,
        value_name = "NAME"
    )]
    node_name: String,

    /// For how many days calls stay in the access log.
    #[arg(
        long,
        env = "LATCHKEY_ACCESS_LOG_DAYS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u16).range(1..=3650),
        value_name = "DAYS"
    )]
    access_log_days: u16,

    /// For how many days requests stay counted by the minute: for as many, graphs are exact in zones
    /// whose midnight is not on the hour in UTC. A busy key takes about 250 kB a day.
    #[arg(
        long,
        env = "LATCHKEY_USAGE_MINUTE_DAYS",
        default_value_t = Retention::default().minutes,
        value_parser = clap::value_parser!(u16).range(2..=3650),
        value_name = "DAYS"
    )]
    usage_minute_days: u16,

    /// For how many days they stay counted by the hour.
    #[arg(
        long,
        env = "LATCHKEY_USAGE_HOUR_DAYS",
        default_value_t = Retention::default().hours,
        value_parser = clap::value_parser!(u16).range(31..=3650),
        value_name = "DAYS"
    )]
    usage_hour_days: u16,

    /// For how many days they stay counted by the day, in UTC.
    #[arg(
        long,
        env = "LATCHKEY_USAGE_DAY_DAYS",
        default_value_t = Retention::default().days,
        value_parser = clap::value_parser!(u16).range(366..=36500),
        value_name = "DAYS"
    )]
    usage_day_days: u16,

    /// A proxy in front of the API or the dashboard, or its network, such as 10.0.0.0/8: who calls is
    /// then taken from its X-Forwarded-For, for keys that are bound to networks, for the audit log, and
    /// where guessing is slowed. May be given more than once.
    #[arg(long, env = "LATCHKEY_TRUSTED_PROXIES", value_delimiter = ',', value_name = "CIDR")]
    trusted_proxy: Vec<String>,
    /// What programs must show at the internal listener, as Authorization: Bearer TOKEN; at least 32
    /// characters. Without it, whoever reaches the listener is trusted. The environment keeps it from
    /// others on this machine; a flag does not.
    #[arg(
        long,
        env = "LATCHKEY_INTERNAL_TOKEN",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true,
        value_name = "TOKEN"
    )]
    internal_token: String,

    #[command(flatten)]
    own_profiles: Own,

    #[command(flatten)]
    tls: Tls,

    /// Refuse calls by plain HTTP from this machine, too, where a profile demands HTTPS. From
    /// elsewhere they are refused in any case; a trusted proxy's X-Forwarded-Proto counts.
    #[arg(long, env = "LATCHKEY_REQUIRE_HTTPS")]
    require_https: bool,

    /// A file that names databases for documents, and says whose each is for; see
    /// server/examples/datastores. Without it, all documents are in the program's own database.
    #[arg(long, env = "LATCHKEY_DATASTORES", value_name = "FILE")]
    datastores: Option<PathBuf>,

    /// A file that says where requests that are let in go on to; see server/examples/gateway. Without
    /// it, the API answers by itself.
    #[arg(long, env = "LATCHKEY_GATEWAY_CONFIG", value_name = "FILE")]
    gateway_config: Option<PathBuf>,

    /// The PostgreSQL (15 or later) to use, as postgres://USER:PASSWORD@HOST:5432/DATABASE; its
    /// user must own the database and be allowed to make roles. Without it, a private one runs in
    /// the data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,

    /// The address by which browsers find the dashboard, such as https://keys.example.com. With
    /// https, cookies are kept to https. Without it, the address that the dashboard listens on.
    #[arg(long, env = "LATCHKEY_DASHBOARD_URL", default_value = "", value_name = "URL")]
    dashboard_url: String,

    /// The dashboard's built scripts and styles. Without it: ../site, seen from the program.
    #[arg(long, env = "LATCHKEY_SITE_DIR", value_name = "DIRECTORY")]
    site_dir: Option<PathBuf>,

    /// The mail server for invitations and notices, as smtps://USER:PASSWORD@HOST, or smtp://HOST:25 for
    /// one on this machine; add ?tls=required for STARTTLS. Without it, whoever invites gets a link
    /// to hand over.
    #[arg(
        long,
        env = "LATCHKEY_SMTP_URL",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true,
        value_name = "URL"
    )]
    smtp_url: String,

    /// In whose name mail is sent, such as "Latchkey <keys@example.com>".
    #[arg(
        long,
        env = "LATCHKEY_MAIL_FROM",
        default_value = "",
        hide_default_value = true,
        value_name = "ADDRESS"
    )]
    mail_from: String,

    /// A private network that webhooks may reach, or an address, such as 10.1.0.0/16: whoever looks
    /// after keys chooses where webhooks lead, so that none leads to private addresses otherwise. With
    /// 127.0.0.1, webhooks to this machine may be http:// too. May be given more than once.
    #[arg(long, env = "LATCHKEY_WEBHOOK_NETWORKS", value_delimiter = ',', value_name = "CIDR")]
    webhook_network: Vec<String>,

    #[command(flatten)]
    traces: OpenTelemetry,
}

/// Serves until told to stop.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let public = PublicUrl::parse(&arguments.dashboard_url)?;
    let [api_tls, dashboard_tls] = arguments.tls.files(&public)?;
    let config = Config {
        data_dir: arguments.data_dir,
        dashboard_addr: arguments.dashboard_addr,
        api_addr: arguments.api_addr,
        internal_addr: arguments.internal_addr,
        node_name: node_name(arguments.node_name),
        access_log_days: arguments.access_log_days,
        usage: check_retention(Retention {
            minutes: arguments.usage_minute_days,
            hours: arguments.usage_hour_days,
            days: arguments.usage_day_days,
        })?,
        trusted_proxies: TrustedProxies::parse(&arguments.trusted_proxy)?,
        internal_token: Token::parse(&arguments.internal_token)?,
        profiles_dir: arguments.own_profiles.directory().map(Path::to_owned),
        require_https: arguments.require_https,
        api_tls,
        dashboard_tls,
        datastores: NamedDatastores::read(arguments.datastores.as_deref())?,
        gateway: Upstreams::read(arguments.gateway_config.as_deref())?,
        public,
        site: Site::find(arguments.site_dir.filter(|directory| !directory.as_os_str().is_empty()))?,
        demo: arguments.demo,
        mail: parse_mail(&arguments.smtp_url, &arguments.mail_from)?,
        webhook_reach: parse_webhook_networks(&arguments.webhook_network)?,
        traces: arguments.traces.settings()?,
    };
    let url = arguments.database_url.filter(|url| !url.is_empty());
    let database = Database::choose(&config, url.as_deref());
    let database = tokio::select! {
        database = database => database?,
        _ = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    let result = start_and_serve(&config, &database, &mut signals).await;
    database.stop().await;
    result
}

/// The name that was given, or else the machine's.
fn node_name(given: String) -> String {
    if !given.trim().is_empty() {
        return given.trim().to_owned();
    }
    let machine = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    machine.filter(|name| !name.is_empty()).unwrap_or_else(|| "node".to_owned())
}

async fn start_and_serve(
    config: &Config,
    database: &Database,
    signals: &mut Signals,
) -> Result<ExitCode> {
    let start = Server::start(config, database);
    tokio::pin!(start);
    let (server, stop_at_once) = tokio::select! {
        server = &mut start => (server?, false),
        // Demo data that is half there would be in the way of the next start.
        _ = signals.next() => {
            tracing::info!("stopping as soon as the start is done; once more Ctrl-C does not wait");
            tokio::select! {
                server = &mut start => (server?, true),
                () = signals.again() => return Ok(ExitCode::SUCCESS),
            }
        }
    };
    if !stop_at_once {
        announce(&server);
        signals.next().await;
        tracing::info!("stopping; once more Ctrl-C does not wait");
    }
    tokio::select! {
        () = server.stop() => {}
        () = signals.again() => tracing::warn!("not waiting any longer"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Says where everything is. Output that nobody reads any more is no reason to stop.
fn announce(server: &Server) {
    let addresses = server.addresses();
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "Dashboard  {}", addresses.dashboard);
    let _ = writeln!(out, "API        {}", addresses.api);
    let _ = writeln!(out, "Internal   {}", addresses.internal);
    if let Some(demo) = server.demo() {
        let _ = write!(out, "{demo}");
    }
    let _ = out.flush();
}
