//! What people see. Pages and form actions run on the server only; in the browser nothing runs
//! but islands, which make pages nicer and never possible.

pub mod routes;
pub mod ui;

mod keys;

#[cfg(feature = "ssr")]
mod access_log;
#[cfg(feature = "ssr")]
mod account;
#[cfg(feature = "ssr")]
mod act;
#[cfg(feature = "ssr")]
mod audit;
#[cfg(feature = "ssr")]
mod channels;
#[cfg(feature = "ssr")]
mod claims;
#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
mod form;
#[cfg(feature = "ssr")]
mod invitations;
#[cfg(feature = "ssr")]
mod isolation;
#[cfg(feature = "ssr")]
mod log_query;
#[cfg(feature = "ssr")]
mod mail;
#[cfg(feature = "ssr")]
mod no_file;
#[cfg(feature = "ssr")]
mod notices;
#[cfg(feature = "ssr")]
mod organizations;
#[cfg(feature = "ssr")]
mod overview;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod password_reset;
#[cfg(feature = "ssr")]
mod quick_start;
#[cfg(feature = "ssr")]
pub mod receipt;
#[cfg(feature = "ssr")]
mod reps;
#[cfg(feature = "ssr")]
mod route_table;
#[cfg(feature = "ssr")]
mod router;
#[cfg(feature = "ssr")]
mod session;
#[cfg(feature = "ssr")]
mod sign_in;
#[cfg(feature = "ssr")]
mod state;
#[cfg(feature = "ssr")]
mod streams;
#[cfg(feature = "ssr")]
mod team;
#[cfg(feature = "ssr")]
mod theme;
#[cfg(feature = "ssr")]
mod usage;
#[cfg(feature = "ssr")]
mod when;

#[cfg(feature = "ssr")]
pub use mail::{Mail, MailError};
#[cfg(feature = "ssr")]
pub use notices::send_expiry_letter;
#[cfg(feature = "ssr")]
pub use route_table::{Route, RouteTable};
#[cfg(feature = "ssr")]
pub use router::{all_routes, route_of, router};
#[cfg(feature = "ssr")]
pub use state::{Caller, RequestId, State};
#[cfg(feature = "ssr")]
pub use streams::Streams;

/// Brings the page's islands to life and says so on `<html>`, for styles and tests that depend
/// on it.
#[cfg(feature = "hydrate")]
pub fn start_islands() {
    leptos::mount::hydrate_islands();
    let root = leptos::prelude::document().document_element();
    if let Some(root) = root {
        // Fails only on names that are no attribute names.
        let _ = root.set_attribute("data-islands", "alive");
    }
}
