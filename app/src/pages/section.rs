//! The parts of an organization's dashboard, and the links to them.

use domain::members::Member;

use crate::routes;
use crate::ui::{IconName, NavItem};

/// The parts of an organization's dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Overview,
    Channels,
    Keys,
    QuickStart,
    Usage,
    AccessLog,
    Team,
    AuditLog,
    Settings,
}

impl Section {
    /// Links to the parts that the member may look at.
    pub(super) fn navigation(self, member: &Member) -> Vec<NavItem> {
        let slug = member.organization().slug.as_str();
        [
            (Self::Overview, "Overview", routes::overview(slug), IconName::Dashboard),
            (Self::Channels, "Channels", routes::channels(slug), IconName::Channel),
            (Self::Keys, "API keys", routes::keys(slug), IconName::Key),
            (Self::QuickStart, "Quick start", routes::quick_start(slug), IconName::Terminal),
            (Self::Usage, "Usage", routes::usage(slug), IconName::Chart),
            (Self::AccessLog, "Access log", routes::access_log(slug), IconName::Activity),
            (Self::Team, "Team", routes::team(slug), IconName::Users),
            (Self::AuditLog, "Audit log", routes::audit_log(slug), IconName::Scroll),
            (Self::Settings, "Settings", routes::settings(slug), IconName::Settings),
        ]
        .into_iter()
        .filter(|(section, ..)| {
            !matches!(section, Self::AccessLog | Self::AuditLog | Self::Settings)
                || member.is_admin()
        })
        .map(|(section, label, href, icon)| NavItem {
            href,
            label: label.to_owned(),
            icon,
            current: section == self,
        })
        .collect()
    }
}
