//! The running program, seen from outside: real PostgreSQL, real HTTP.
//!
//! `DATABASE_URL` names the PostgreSQL; each test makes a database of its own there. To run them on
//! one that is made for them: `latchkey with-postgres -- cargo test -p server`.

mod access_log;
mod account;
mod api;
mod catalog;
mod changes;
mod dashboard;
mod demo;
mod exact;
mod faults;
mod first_use;
mod flood;
mod forward_auth;
mod gateway;
mod hostile;
mod import;
mod internal;
mod isolation;
#[cfg(feature = "layer")]
mod layer;
mod matrix;
mod notices;
mod oracle;
mod outage;
mod possession;
mod program;
mod proxies;
mod receipt;
mod reps;
mod revocation;
mod scream_test;
mod secrecy;
mod support;
mod terms;
mod tls;
mod token;
mod traces;
mod usage;
mod usage_page;
mod vendors;
mod verify;
mod with_postgres;
