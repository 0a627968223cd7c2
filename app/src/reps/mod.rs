//! The vendor's own pages: provisioning organizations and looking after them.

pub mod actions;
mod approval_page;
mod approvals_page;
mod check_page;
mod draft_rows;
pub mod hand_over_page;
mod list_page;
mod step_page;
mod steps;
pub mod tenant;
mod tenant_rows;
mod terms_page;

pub use approval_page::ApprovalPage;
pub use approvals_page::ApprovalsPage;
pub use list_page::ListPage;
pub use step_page::StepPage;
pub use terms_page::TermsPage;
