//! What a Prometheus reads: `GET /metrics` of the internal listener, in the `OpenMetrics` format.

mod scrape;
mod traffic;

pub use scrape::Metrics;
pub use traffic::Traffic;
