//! Settings of `latchkey serve` for OpenTelemetry, by its own names.

use clap::Args;

use crate::Result;
use crate::traces::{Settings, Wanted};

#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "people read it as plain text, in --help")]
pub struct OpenTelemetry {
    /// An OpenTelemetry collector, such as http://127.0.0.1:4318, to which traces are sent by
    /// HTTP: of API calls, pages and work in the background. Without it, none are made.
    #[arg(
        long,
        env = "OTEL_EXPORTER_OTLP_ENDPOINT",
        default_value = "",
        hide_default_value = true,
        value_name = "URL"
    )]
    otlp_endpoint: String,

    /// Where the collector takes traces, if that is not /v1/traces beneath its address.
    #[arg(
        long,
        env = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        default_value = "",
        hide_default_value = true,
        value_name = "URL"
    )]
    otlp_traces_endpoint: String,

    /// What the collector wants to be sent along, as NAME=VALUE,NAME=VALUE; values percent-encoded. The
    /// environment keeps it from others on this machine; a flag does not.
    #[arg(
        long,
        env = "OTEL_EXPORTER_OTLP_HEADERS",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true,
        value_name = "HEADERS"
    )]
    otlp_headers: String,

    /// Read so that another way than ours is not asked for in vain.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_PROTOCOL", hide = true, default_value = "")]
    otlp_protocol: String,

    /// What this program is called in traces.
    #[arg(long, env = "OTEL_SERVICE_NAME", default_value = "latchkey", value_name = "NAME")]
    service_name: String,

    /// Which requests leave a trace: always_on, always_off, traceidratio, or one of them after
    /// parentbased_, where callers who trace decide for their own calls.
    #[arg(
        long,
        env = "OTEL_TRACES_SAMPLER",
        default_value = "parentbased_traceidratio",
        value_name = "SAMPLER"
    )]
    traces_sampler: String,

    /// How many of them, as a share between 0 and 1.
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", default_value = "1", value_name = "SHARE")]
    traces_sampler_arg: String,
}

impl OpenTelemetry {
    /// None: no traces are made.
    pub fn settings(&self) -> Result<Option<Settings>> {
        Settings::parse(Wanted {
            endpoint: self.otlp_endpoint.trim(),
            traces_endpoint: self.otlp_traces_endpoint.trim(),
            headers: &self.otlp_headers,
            protocol: self.otlp_protocol.trim(),
            service_name: self.service_name.trim(),
            sampler: self.traces_sampler.trim(),
            fraction: self.traces_sampler_arg.trim(),
        })
    }
}
