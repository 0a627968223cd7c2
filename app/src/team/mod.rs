//! The people of an organization.

pub mod actions;
mod invite_page;
mod leave_page;
mod list_page;
mod member_page;
mod remove_page;
mod stopped_channels;

pub use invite_page::InvitePage;
pub use leave_page::LeavePage;
pub use list_page::ListPage;
pub use member_page::MemberPage;
pub use remove_page::RemovePage;

use domain::members::Role;

use crate::ui::Choice;
use stopped_channels::stopped_channels;

/// The roles that somebody with this role may give.
fn roles(own: Role) -> Vec<Choice> {
    let explain = |role| match role {
        Role::Owner => "Everything, with a say about owners.",
        Role::Admin => "Changes channels, keys and the team.",
        Role::Developer => "Looks at everything, and makes and changes test keys.",
        Role::Viewer => "Looks at everything.",
    };
    let may_give = |role: &Role| *role != Role::Owner || own == Role::Owner;
    let given = Role::ALL.into_iter().rev().filter(may_give);
    given.map(|role| Choice::new(role.as_str(), title(role)).hint(explain(role))).collect()
}

/// The role as a heading has it.
pub fn title(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        Role::Developer => "Developer",
        Role::Viewer => "Viewer",
    }
}
