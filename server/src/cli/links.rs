//! Where links lead that commands print.

use clap::Args;
use domain::database::Pools;
use domain::nodes::dashboard::dashboard_url;

use crate::Result;
use crate::config::PublicUrl;

/// Where the dashboard listens if it is told no other address.
const DEFAULT: ([u8; 4], u16) = ([127, 0, 0, 1], 3000);

/// Where they lead.
#[derive(Debug, Args)]
pub struct Links {
    /// The address by which browsers find the dashboard, which printed links begin with. Without it,
    /// the one that a running server says.
    #[arg(
        long,
        env = "LATCHKEY_DASHBOARD_URL",
        default_value = "",
        hide_default_value = true,
        value_name = "URL"
    )]
    dashboard_url: String,
}

impl Links {
    /// What links begin with. Where nothing is given and no server runs: the address that one listens
    /// on if it is told no other.
    pub async fn begin(&self, pools: &Pools) -> Result<String> {
        let given = PublicUrl::parse(&self.dashboard_url)?;
        let running = if given == PublicUrl::default() {
            dashboard_url(&pools.validator).await?
        } else {
            None
        };
        Ok(running.unwrap_or_else(|| given.or_local(DEFAULT.into())))
    }
}
