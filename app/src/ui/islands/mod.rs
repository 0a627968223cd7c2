//! The parts that run in the browser. Each page works without them.

mod copy_button;
mod leave_guard;
mod page_events;
mod password_toggle;
mod preselect;
mod submit_once;

pub use copy_button::CopyButton;
pub use leave_guard::LeaveGuard;
pub use password_toggle::PasswordToggle;
pub use preselect::Preselect;
pub use submit_once::SubmitOnce;
