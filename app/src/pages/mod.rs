//! What all pages have in common: a visit, a frame, and what is shown when a page cannot be.

mod error_page;
mod instead;
mod later;
mod rep_visit;
mod visit;

pub use error_page::{ErrorPage, NotFoundPage};
pub use instead::{Instead, InsteadPage};
pub use later::later;
pub use rep_visit::{RepSection, rep_answer, rep_page};
pub use visit::{
    Content, Messages, Request, Section, growing_organization_page, notice_banner,
    organization_page, rejected, shown, signed_in_page,
};
