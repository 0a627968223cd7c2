//! What all pages have in common: a visit, a frame, and what is shown when a page cannot be.

mod error_page;
mod instead;
mod later;
mod messages;
mod rep_visit;
mod request;
mod section;
mod visit;

pub use error_page::{ErrorPage, NotFoundPage};
pub use instead::{Instead, InsteadPage};
pub use later::later;
pub use messages::{Messages, rejected};
pub use rep_visit::{RepSection, rep_answer, rep_page};
pub use request::Request;
pub use section::Section;
pub use visit::{
    Content, growing_organization_page, notice_banner, organization_page, shown, signed_in_page,
};
