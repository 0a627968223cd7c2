//! The figures of one look, written as Prometheus wants them. Everything is read where it is kept
//! anyway: nothing is counted for its own sake but [`Traffic`].

use domain::Backend;
use domain::verification::Outcome;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Traffic;
use super::traffic::BOUNDS_US;

/// All figures of this node.
#[derive(Debug)]
pub struct Metrics(Registry);

impl Metrics {
    pub fn new(backend: Arc<Backend>, traffic: Arc<Traffic>) -> Self {
        let mut registry = Registry::with_prefix("latchkey");
        registry.register_collector(Box::new(Figures { backend, traffic }));
        Self(registry)
    }

    /// What they are now, in the `OpenMetrics` text format.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.0)?;
        Ok(text)
    }
}

#[derive(Debug)]
struct Figures {
    backend: Arc<Backend>,
    traffic: Arc<Traffic>,
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.requests(&mut encoder)?;
        self.directory(&mut encoder)?;
        self.writers(&mut encoder)?;
        self.pools(&mut encoder)
    }
}

impl Figures {
    fn requests(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Requests by API profile, outcome and reason";
        let mut family = encoder.encode_descriptor("requests", help, None, MetricType::Counter)?;
        for (profile, outcome, count) in self.traffic.counts() {
            let (ended, reason) = match outcome {
                Outcome::Accepted => ("accepted", ""),
                Outcome::Refused(reason) => ("refused", reason.as_str()),
            };
            let labels = [("profile", profile), ("outcome", ended), ("reason", reason)];
            family.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        let (counts, sum) = self.traffic.latency();
        let seconds = |us: u64| Duration::from_micros(us).as_secs_f64();
        let bounds = BOUNDS_US.into_iter().map(seconds).chain([f64::INFINITY]);
        let buckets: Vec<_> = bounds.zip(counts.iter().copied()).collect();
        let help = "From a request's arrival to its answer, in seconds";
        encoder
            .encode_descriptor("request_duration_seconds", help, None, MetricType::Histogram)?
            .encode_histogram::<NoLabelSet>(sum, counts.iter().sum(), &buckets, None)
    }

    fn directory(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let (directory, clock) = (&self.backend.directory, &self.backend.clock);
        let elapsed_ms = clock.elapsed_ms();
        let silent_ms = directory.silent_for_ms(elapsed_ms).max(0).unsigned_abs();
        let loaded = directory.is_loaded();
        let silent = if loaded { Duration::from_millis(silent_ms).as_secs_f64() } else { f64::NAN };
        gauge(encoder, "directory_keys", "Keys in memory", directory.len())?;
        gauge(
            encoder,
            "directory_silence_seconds",
            "How long the database has not been heard from: a change may be applied so much later",
            silent,
        )?;
        gauge(
            encoder,
            "directory_stale",
            "1 when keys are refused because the database has been silent for too long",
            u32::from(!loaded || directory.is_stale(elapsed_ms)),
        )
    }

    fn writers(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let (log, recorder) = (&self.backend.access_log, &self.backend.recorder);
        gauge(encoder, "access_log_waiting", "Calls that wait to be written", log.waiting())?;
        counter(encoder, "access_log_written", "Calls that were logged", log.written())?;
        let help = "Calls that were not logged because the queue was full";
        counter(encoder, "access_log_shed", help, log.shed())?;
        let help = "Answers that waited for room in the queue";
        counter(encoder, "access_log_blocked", help, log.blocked())?;
        let (took, failures) = recorder.last_flush();
        let help = "How long it took to write the last counts";
        gauge(encoder, "usage_flush_seconds", help, took.as_secs_f64())?;
        let help = "Tries to write counts that failed; they are tried again";
        counter(encoder, "usage_flush_failures", help, failures)
    }

    fn pools(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let pools = &self.backend.pools;
        let named = [
            ("app", &pools.app),
            ("auth", &pools.auth),
            ("rep", &pools.rep),
            ("validator", &pools.validator),
            ("datastore", &pools.datastore),
        ];
        let help = "Connections to the database, by pool";
        let mut family =
            encoder.encode_descriptor("pool_connections", help, None, MetricType::Gauge)?;
        for (name, pool) in named {
            let idle = pool.num_idle();
            let used = usize::try_from(pool.size()).unwrap_or(0).saturating_sub(idle);
            for (state, count) in [("idle", idle), ("used", used)] {
                family.encode_family(&[("pool", name), ("state", state)])?.encode_gauge(&count)?;
            }
        }
        Ok(())
    }
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: impl prometheus_client::encoding::EncodeGaugeValue,
) -> fmt::Result {
    encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
}

fn counter(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    encoder
        .encode_descriptor(name, help, None, MetricType::Counter)?
        .encode_counter::<NoLabelSet, _, u64>(&value, None)
}
