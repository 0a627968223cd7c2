//! What can be configured, checked.

use domain::usage::levels::Retention;
use domain::webhooks::address::Reach;
use ipnet::IpNet;
use sqlx::postgres::PgConnectOptions;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use crate::api::TrustedProxies;
use crate::datastores::NamedDatastores;
use crate::gateway::Upstreams;
use crate::internal::Token;
use crate::site::Site;
use crate::tls::TlsFiles;
use crate::{Failure, Result, traces};

/// All that [`crate::startup::Server`] needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// What is kept on this machine; made where it is missing.
    pub data_dir: PathBuf,
    /// Port 0 means any free one, for all three.
    pub dashboard_addr: SocketAddr,
    pub api_addr: SocketAddr,
    pub internal_addr: SocketAddr,
    /// By which people tell this node from others.
    pub node_name: String,
    /// For how many days calls stay in the access log.
    pub access_log_days: u16,
    /// For how many days counts are kept.
    pub usage: Retention,
    /// Whose word on who calls the API is taken.
    pub trusted_proxies: TrustedProxies,
    /// None: whoever reaches the internal endpoints is trusted, which must be this machine only.
    pub internal_token: Option<Token>,
    /// More API profiles, beside the built-in ones.
    pub profiles_dir: Option<PathBuf>,
    /// Whether calls by plain HTTP from this machine, too, are refused where a profile demands it.
    pub require_https: bool,
    /// With what the API, and the dashboard, take HTTPS; none: plain HTTP.
    pub api_tls: Option<TlsFiles>,
    pub dashboard_tls: Option<TlsFiles>,
    /// Where documents are, beside the database.
    pub datastores: NamedDatastores,
    /// Where requests that are let in go on to.
    pub gateway: Upstreams,
    pub public: PublicUrl,
    pub site: Site,
    /// Whether an empty database is filled with demo data.
    pub demo: bool,
    /// None: invitations are handed over by whom invites.
    pub mail: Option<app::Mail>,
    /// Where webhooks may lead beside the networks that are everybody's.
    pub webhook_reach: Reach,
    /// Where traces go; none: none are made.
    pub traces: Option<traces::Settings>,
}

/// Networks, or addresses alone, that webhooks may reach though they are private.
pub fn parse_webhook_networks(texts: &[String]) -> Result<Reach> {
    let network = |text: &String| {
        let text = text.trim();
        let address = text.parse::<IpAddr>().map(IpNet::from);
        address.or_else(|_| text.parse()).map_err(|_| {
            Failure::new(format!(
                "the network of webhooks {text:?} should look like 10.0.0.0/8, 192.0.2.7 or fd00::/8 \
                 (--webhook-network, LATCHKEY_WEBHOOK_NETWORKS)"
            ))
        })
    };
    let texts = texts.iter().filter(|text| !text.trim().is_empty());
    texts.map(network).collect::<Result<_>>().map(Reach::new)
}

/// The mail server and the sender, which belong together.
pub fn parse_mail(url: &str, from: &str) -> Result<Option<app::Mail>> {
    match (url, from) {
        ("", "") => Ok(None),
        ("", _) => Err(Failure::new(
            "there is a sender of mail (--mail-from, LATCHKEY_MAIL_FROM) but no mail server (--smtp-url, LATCHKEY_SMTP_URL)",
        )),
        (_, "") => Err(Failure::new(
            "there is a mail server (--smtp-url, LATCHKEY_SMTP_URL) but no sender (--mail-from, LATCHKEY_MAIL_FROM)",
        )),
        (url, from) => {
            app::Mail::new(url, from).map(Some).map_err(|error| Failure::because("mail", error))
        }
    }
}

/// Checks that coarser counts are kept no shorter than finer ones: graphs fall back on them.
pub fn check_retention(retention: Retention) -> Result<Retention> {
    let Retention { minutes, hours, days } = retention;
    if minutes <= hours && hours <= days {
        return Ok(retention);
    }
    Err(Failure::new(format!(
        "counts by the minute are to be kept for {minutes} days, by the hour for {hours}, by the day for {days}: \
         each must be at least as many as the one before (--usage-minute-days, --usage-hour-days, --usage-day-days)"
    )))
}

/// Where browsers find the dashboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicUrl(Option<String>);

impl PublicUrl {
    /// The address that was given; none means the one that the dashboard listens on.
    pub fn parse(url: &str) -> Result<Self> {
        let url = url.trim_end_matches('/');
        if url.is_empty() {
            return Ok(Self(None));
        }
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        match host {
            Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => {
                Ok(Self(Some(url.to_owned())))
            }
            _ => Err(Failure::new(format!(
                "the dashboard's address {url:?} should look like https://keys.example.com, without a path \
                 (--dashboard-url, LATCHKEY_DASHBOARD_URL)"
            ))
            .of_usage()),
        }
    }

    /// Whether browsers come by HTTPS only, so that cookies can be kept to it.
    pub fn is_https(&self) -> bool {
        self.0.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The address for people, given what the dashboard listens on.
    pub fn or_local(&self, addr: SocketAddr) -> String {
        self.0.clone().unwrap_or_else(|| local_url(addr, false))
    }
}

/// The address by which this machine itself reaches a listener.
pub fn local_url(mut addr: SocketAddr, https: bool) -> String {
    if addr.ip().is_unspecified() {
        addr.set_ip(match addr {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("{}://{addr}", if https { "https" } else { "http" })
}

/// Reads a `DATABASE_URL`. Nothing of the text is repeated: it may hold a password.
pub fn parse_database_url(url: &str) -> Result<PgConnectOptions> {
    let scheme = url.starts_with("postgres://") || url.starts_with("postgresql://");
    url.parse().ok().filter(|_| scheme).ok_or_else(|| {
        Failure::new(
            "DATABASE_URL cannot be understood: it should look like postgres://USER:PASSWORD@HOST:5432/DATABASE, \
             with special characters of the password percent-encoded",
        )
    })
}

/// What a database is called in messages: all but the password.
pub fn describe_database(options: &PgConnectOptions) -> String {
    let host = options
        .get_socket()
        .map_or_else(|| options.get_host().to_owned(), |socket| socket.display().to_string());
    let (port, user) = (options.get_port(), options.get_username());
    let database = options.get_database().unwrap_or(user);
    format!("database {database:?} at {host}:{port} as user {user:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_address_decides_on_secure_cookies() -> Result<()> {
        let local = SocketAddr::from(([0, 0, 0, 0], 3000));
        assert!(!PublicUrl::parse("")?.is_https());
        assert_eq!(PublicUrl::parse("")?.or_local(local), "http://127.0.0.1:3000");
        let public = PublicUrl::parse("https://keys.example.com/")?;
        assert!(public.is_https());
        assert_eq!(public.or_local(local), "https://keys.example.com");
        for wrong in ["keys.example.com", "https://", "ftp://x", "https://x/path", "https://a@b"] {
            assert!(PublicUrl::parse(wrong).is_err(), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn coarser_counts_are_kept_longer() {
        let of = |minutes, hours, days| check_retention(Retention { minutes, hours, days });
        assert!(of(31, 31, 366).is_ok());
        assert!(check_retention(Retention::default()).is_ok());
        for (minutes, hours, days) in [(32, 31, 366), (2, 400, 399)] {
            let told = of(minutes, hours, days).err().map(|error| error.to_string());
            assert!(told.is_some_and(|told| told.contains(&hours.to_string())));
        }
    }

    #[test]
    fn networks_of_webhooks_are_networks() -> Result<()> {
        let here = IpAddr::from([127, 0, 0, 1]);
        assert!(!parse_webhook_networks(&[String::new()])?.allows(here));
        assert!(parse_webhook_networks(&["127.0.0.1".to_owned()])?.allows(here));
        let wrong = parse_webhook_networks(&["this machine".to_owned()]);
        assert!(wrong.is_err_and(|error| error.to_string().contains("--webhook-network")));
        Ok(())
    }

    #[test]
    fn a_mail_server_needs_a_sender() -> Result<()> {
        assert!(parse_mail("", "")?.is_none());
        assert!(parse_mail("smtp://127.0.0.1:25", "keys@example.com")?.is_some());
        for (url, from) in [
            ("smtp://mail.example", ""),
            ("", "keys@example.com"),
            ("http://me:s3cret@mail.example", "keys@example.com"),
            ("smtp://me:s3cret@mail.example", "nobody"),
        ] {
            let told = parse_mail(url, from).err().map(|error| error.to_string());
            assert!(told.is_some_and(|told| !told.contains("s3cret")), "{url} {from}");
        }
        Ok(())
    }

    #[test]
    fn a_password_is_never_repeated() -> Result<()> {
        let options = parse_database_url("postgres://me:s3cret@db.example:5433/keys")?;
        assert_eq!(
            describe_database(&options),
            r#"database "keys" at db.example:5433 as user "me""#
        );
        for wrong in ["postgres://me:s3cret@db:port/keys", "mysql://me:s3cret@db/keys", "s3cret"] {
            let told = parse_database_url(wrong).err().map(|error| error.to_string());
            assert!(told.is_some_and(|told| !told.contains("s3cret")), "{wrong}");
        }
        Ok(())
    }
}
