//! The fields about a new organization, as typed.

use serde::{Deserialize, Serialize};

/// All fields of all steps; a form holds some of them, a draft those that have been filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TenantForm {
    pub name: String,
    /// Empty: made from the name.
    pub slug: String,
    pub profile: String,
    pub plan: String,
    /// Ticked or empty, as is `test`.
    pub live: String,
    pub test: String,
    pub external_id: String,
    pub partner_decided_on: String,
    pub partner_reference: String,
    pub partner_signer: String,
    pub baa_decided_on: String,
    pub baa_reference: String,
    pub baa_signer: String,
    /// The first owner's address.
    pub email: String,
}

/// The steps, in order; the last one asks nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Organization,
    Plan,
    Approvals,
    Admin,
    Check,
}

impl Step {
    pub const ALL: [Self; 5] =
        [Self::Organization, Self::Plan, Self::Approvals, Self::Admin, Self::Check];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Plan => "plan",
            Self::Approvals => "approvals",
            Self::Admin => "admin",
            Self::Check => "check",
        }
    }

    /// The step of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == name)
    }

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Organization => "Organization",
            Self::Plan => "API and plan",
            Self::Approvals => "Approvals",
            Self::Admin => "First admin",
            Self::Check => "Check answers",
        }
    }

    /// From 1.
    pub fn number(self) -> usize {
        self as usize + 1
    }

    /// What comes after it; the last one comes after itself.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL.get(self as usize + 1).copied().unwrap_or(self)
    }

    /// What comes before it.
    pub fn previous(self) -> Option<Self> {
        (self as usize).checked_sub(1).and_then(|place| Self::ALL.get(place)).copied()
    }
}

impl TenantForm {
    /// Takes over one step's fields from the form that was sent, and leaves the others.
    pub fn take(&mut self, step: Step, sent: &Self) {
        let pairs: &mut [(&mut String, &String)] = match step {
            Step::Organization => &mut [(&mut self.name, &sent.name), (&mut self.slug, &sent.slug)],
            Step::Plan => &mut [
                (&mut self.profile, &sent.profile),
                (&mut self.plan, &sent.plan),
                (&mut self.live, &sent.live),
                (&mut self.test, &sent.test),
                (&mut self.external_id, &sent.external_id),
            ],
            Step::Approvals => &mut [
                (&mut self.partner_decided_on, &sent.partner_decided_on),
                (&mut self.partner_reference, &sent.partner_reference),
                (&mut self.partner_signer, &sent.partner_signer),
                (&mut self.baa_decided_on, &sent.baa_decided_on),
                (&mut self.baa_reference, &sent.baa_reference),
                (&mut self.baa_signer, &sent.baa_signer),
            ],
            Step::Admin => &mut [(&mut self.email, &sent.email)],
            Step::Check => &mut [],
        };
        for (kept, typed) in pairs {
            kept.clear();
            kept.push_str(typed.trim());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_changes_its_own_fields_only() {
        let sent = TenantForm {
            name: " One ".into(),
            email: "a@b.example".into(),
            plan: "pro".into(),
            ..TenantForm::default()
        };
        let mut kept = TenantForm::default();
        kept.take(Step::Organization, &sent);
        assert_eq!(kept, TenantForm { name: "One".into(), ..TenantForm::default() });
        kept.take(Step::Admin, &sent);
        assert_eq!((kept.email.as_str(), kept.plan.as_str()), ("a@b.example", ""));
    }

    #[test]
    fn steps_follow_each_other() {
        assert_eq!(Step::Organization.next(), Step::Plan);
        assert_eq!(Step::Check.next(), Step::Check);
        assert_eq!(
            (Step::Organization.previous(), Step::Check.previous()),
            (None, Some(Step::Admin))
        );
        assert!(Step::ALL.iter().all(|step| Step::named(step.as_str()) == Some(*step)));
        assert_eq!(Step::Check.number(), 5);
    }
}
