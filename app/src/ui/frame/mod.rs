//! What stands around the content of every page.

mod app_frame;
mod brand;
mod navigation;
mod plain_frame;
mod theme;

pub use app_frame::{AppFrame, FrameAccount, FrameOrganization};
pub use navigation::NavItem;
pub use plain_frame::PlainFrame;
pub use theme::{Theme, ThemeSwitch};
