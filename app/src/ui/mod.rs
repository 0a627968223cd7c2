//! The design system: components that know nothing of keys, tenants or routes.
//!
//! Everything outside `islands` is rendered on the server only and works without JavaScript.
//! Components erase the types of what they render (`into_any`): pages nest many of them, and the
//! compiler gives up on types that deep. No component writes a `style` attribute: the content
//! security policy forbids them.

mod action_row;
mod banner;
mod button;
mod card;
mod chart;
mod checkbox;
mod choice;
mod code_block;
mod description_list;
mod empty_state;
mod error_summary;
mod field;
mod form_end;
mod format;
mod frame;
mod icon;
mod icon_paths;
mod islands;
mod page_header;
mod pagination;
mod password_field;
mod post_button;
#[cfg(feature = "ssr")]
mod qr_code;
mod secret_field;
mod stat;
mod status_tag;
mod steps;
mod table;
mod tabs;
mod text_area;
mod text_field;
mod tone;

pub use action_row::ActionRow;
pub use banner::Banner;
pub use button::{Button, ButtonKind, LinkButton};
pub use card::Card;
pub use chart::{BarChart, Bucket, ChartTone, Series, Sparkline};
pub use checkbox::Checkbox;
pub use choice::{Choice, RadioGroup, Select};
pub use code_block::CodeBlock;
pub use description_list::{Description, DescriptionList};
pub use empty_state::EmptyState;
pub use error_summary::{ErrorSummary, FieldMessage};
pub use field::{FilterBar, FormActions};
pub use form_end::{DangerEnd, FormEnd};
pub use format::{capitalized, compact_number, grouped_number};
pub use frame::{
    AppFrame, FrameAccount, FrameOrganization, NavItem, PlainFrame, Theme, ThemeSwitch,
};
pub use icon::{Icon, IconName};
pub use islands::{CopyButton, LeaveGuard, PasswordToggle, Preselect, SubmitOnce};
pub use page_header::PageHeader;
pub use pagination::{NewerOlder, Pagination, page_count};
pub use password_field::PasswordField;
pub use post_button::PostButton;
#[cfg(feature = "ssr")]
pub use qr_code::QrCode;
pub use secret_field::SecretField;
pub use stat::{Stat, StatRow};
pub use status_tag::StatusTag;
pub use steps::{Step, Steps};
pub use table::{Cell, Column, DataTable};
pub use tabs::{LinkTabs, TabLink};
pub use text_area::TextArea;
pub use text_field::TextField;
pub use tone::Tone;
