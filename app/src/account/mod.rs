//! People's own account.

mod account_page;
pub mod actions;
mod confirm_page;
mod enrolment_page;
mod recovery_codes_page;
pub mod second_factor_actions;
mod second_factor_page;

pub use account_page::AccountPage;
pub use confirm_page::ConfirmPage;
pub use enrolment_page::{ConfirmCodePage, EnrolmentPage};
pub use recovery_codes_page::RecoveryCodesPage;
pub use second_factor_page::SecondFactorPage;
