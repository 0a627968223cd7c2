//! One tenant, as the vendor's staff sees it.

pub mod actions;
mod links_page;
mod suspend_page;
mod tenant_page;
mod timeline;
mod visit_page;

pub use links_page::LinksPage;
pub use suspend_page::SuspendPage;
pub use tenant_page::TenantPage;
pub use visit_page::VisitPage;
