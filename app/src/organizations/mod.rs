//! Organizations: choosing one, and what each decides about itself.

pub mod actions;
mod security_page;
mod settings_page;
mod stale;
mod switch_page;

pub use security_page::SecurityPage;
pub use settings_page::SettingsPage;
pub use stale::StaleNote;
pub use switch_page::SwitchPage;
