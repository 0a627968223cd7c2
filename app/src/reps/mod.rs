//! The vendor's own pages: provisioning organizations and looking after them.

mod list_page;
pub mod tenant;
mod tenant_rows;

pub use list_page::ListPage;
