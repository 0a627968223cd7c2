//! Where traces go, and which of them, by the names that OpenTelemetry has for that.

use axum::http::{HeaderName, HeaderValue, Uri};
use opentelemetry_sdk::trace::Sampler;
use std::collections::HashMap;
use std::fmt;

use crate::{Failure, Result};

/// Beneath the collector's address.
const PATH: &str = "/v1/traces";
/// The only way that is spoken.
const PROTOCOL: &str = "http/protobuf";

/// What was said, as it was said. Empty is unsaid.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    pub endpoint: &'a str,
    pub traces_endpoint: &'a str,
    pub headers: &'a str,
    pub protocol: &'a str,
    pub service_name: &'a str,
    pub sampler: &'a str,
    pub fraction: &'a str,
}

/// What was said, understood.
#[derive(Clone)]
pub struct Settings {
    pub(super) endpoint: Uri,
    pub(super) headers: HashMap<String, String>,
    pub(super) service_name: String,
    pub(super) sampler: Sampler,
}

/// Headers may hold a password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Settings {
    /// None without a collector: then nothing else matters.
    pub fn parse(wanted: Wanted<'_>) -> Result<Option<Self>> {
        let endpoint = match (wanted.traces_endpoint, wanted.endpoint.trim_end_matches('/')) {
            ("", "") => return Ok(None),
            ("", beneath) => format!("{beneath}{PATH}"),
            (exact, _) => exact.to_owned(),
        };
        if !["", PROTOCOL].contains(&wanted.protocol) {
            return Err(Failure::new(format!(
                "traces are sent by {PROTOCOL} only, not by {:?} (OTEL_EXPORTER_OTLP_PROTOCOL)",
                wanted.protocol
            )));
        }
        let service_name = Some(wanted.service_name).filter(|name| !name.is_empty());
        Ok(Some(Self {
            endpoint: address(&endpoint)?,
            headers: headers(wanted.headers)?,
            service_name: service_name.unwrap_or("latchkey").to_owned(),
            sampler: sampler(wanted.sampler, wanted.fraction)?,
        }))
    }
}

/// Nothing of the text is repeated: it may hold a password.
fn address(text: &str) -> Result<Uri> {
    let understood = text.parse::<Uri>().ok().filter(|uri| {
        let plain = uri.authority().is_some_and(|host| !host.as_str().contains('@'));
        plain && matches!(uri.scheme_str(), Some("http" | "https"))
    });
    understood.ok_or_else(|| {
        Failure::new(
            "the OpenTelemetry collector's address should look like http://127.0.0.1:4318, without a user; a \
             password belongs into the headers (--otlp-endpoint, OTEL_EXPORTER_OTLP_ENDPOINT, \
             OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)",
        )
    })
}

/// Names and values; a value is percent-encoded where it has to be.
fn headers(text: &str) -> Result<HashMap<String, String>> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        HeaderName::try_from(name).ok()?;
        HeaderValue::from_str(value).ok()?;
        Some((name.to_owned(), value.to_owned()))
    };
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs.map(pair).collect::<Option<_>>().ok_or_else(|| {
        Failure::new(
            "the headers for the OpenTelemetry collector should look like NAME=VALUE,NAME=VALUE \
             (OTEL_EXPORTER_OTLP_HEADERS)",
        )
    })
}

fn sampler(name: &str, fraction: &str) -> Result<Sampler> {
    let share = match fraction {
        "" => Some(1.0),
        text => text.parse().ok().filter(|share: &f64| (0.0..=1.0).contains(share)),
    };
    let share = share.ok_or_else(|| {
        Failure::new(format!(
            "the share of traces {fraction:?} should be between 0 and 1 (--traces-sampler-arg, \
             OTEL_TRACES_SAMPLER_ARG)"
        ))
    })?;
    let by_parent = |otherwise| Sampler::ParentBased(Box::new(otherwise));
    Ok(match name {
        // The share alone says enough.
        "" | "parentbased_traceidratio" => by_parent(Sampler::TraceIdRatioBased(share)),
        "parentbased_always_on" => by_parent(Sampler::AlwaysOn),
        "parentbased_always_off" => by_parent(Sampler::AlwaysOff),
        "traceidratio" => Sampler::TraceIdRatioBased(share),
        "always_on" => Sampler::AlwaysOn,
        "always_off" => Sampler::AlwaysOff,
        other => {
            return Err(Failure::new(format!(
                "there is no sampler {other:?}: choose always_on, always_off, traceidratio, or one of them after \
                 parentbased_ (--traces-sampler, OTEL_TRACES_SAMPLER)"
            )));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Wanted<'_> = Wanted {
        endpoint: "http://127.0.0.1:4318/",
        traces_endpoint: "",
        headers: "",
        protocol: "",
        service_name: "",
        sampler: "",
        fraction: "",
    };

    #[test]
    fn without_a_collector_nothing_matters() -> Result<()> {
        let nowhere = Wanted { sampler: "nonsense", ..Wanted::default() };
        assert!(Settings::parse(nowhere)?.is_none());
        let here = Settings::parse(HERE)?.ok_or(Failure::new("off"))?;
        assert_eq!(here.endpoint, "http://127.0.0.1:4318/v1/traces");
        assert_eq!(here.service_name, "latchkey");
        let exact = Wanted { traces_endpoint: "https://c.example/t?x=1", ..HERE };
        let exact = Settings::parse(exact)?.ok_or(Failure::new("off"))?;
        assert_eq!(exact.endpoint, "https://c.example/t?x=1");
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_told_without_what_is_secret() {
        for wrong in [
            Wanted { endpoint: "127.0.0.1:4318", ..HERE },
            Wanted { endpoint: "ftp://c.example", ..HERE },
            Wanted { endpoint: "http://me:s3cret@c.example", ..HERE },
            Wanted { headers: "authorization", ..HERE },
            Wanted { headers: "a b=s3cret", ..HERE },
            Wanted { protocol: "grpc", ..HERE },
            Wanted { sampler: "often", ..HERE },
            Wanted { fraction: "1.1", ..HERE },
            Wanted { fraction: "NaN", ..HERE },
        ] {
            let told = Settings::parse(wrong).err().map(|error| error.to_string());
            assert!(
                told.as_ref()
                    .is_some_and(|told| told.contains("OTEL_") && !told.contains("s3cret")),
                "{wrong:?}: {told:?}"
            );
        }
    }

    #[test]
    fn headers_are_not_for_the_log() -> Result<()> {
        let with = Wanted { headers: "authorization=Basic%20s3cret, x-team=a", ..HERE };
        let with = Settings::parse(with)?.ok_or(Failure::new("off"))?;
        assert_eq!(with.headers.len(), 2);
        assert!(!format!("{with:?}").contains("s3cret"));
        Ok(())
    }
}
