//! What an action answers in place of the page at its address.

use domain::Error;
use domain::users::second_factor::{Enrolment, RecoveryCodes};
use leptos::prelude::*;

use super::ErrorPage;
use crate::account::{EnrolmentPage, RecoveryCodesPage};
use crate::invitations::sent_page::{Posted, SentPage};
use crate::keys::{RevealPage, Shown};
use crate::reps::hand_over_page::{HandOverPage, HandedOver};

/// In the context of a response that is not the address's own page.
#[derive(Clone, Debug)]
pub enum Instead {
    Error(Error),
    /// A form minted credentials, now or before.
    Minted {
        organization: String,
        shown: Shown,
    },
    /// A second factor is being set up.
    Enrolment(Enrolment),
    /// It is set up.
    RecoveryCodes(RecoveryCodes),
    /// A form asked for a letter that has not gone out by mail.
    Invited {
        organization: String,
        posted: Posted,
    },
    /// A form provisioned an organization, now or before.
    HandedOver(Box<HandedOver>),
}

#[component]
pub fn InsteadPage(instead: Instead) -> impl IntoView {
    match instead {
        Instead::Error(error) => view! { <ErrorPage error /> }.into_any(),
        Instead::Minted { organization, shown } => {
            view! { <RevealPage organization shown /> }.into_any()
        }
        Instead::Enrolment(enrolment) => view! { <EnrolmentPage enrolment /> }.into_any(),
        Instead::RecoveryCodes(codes) => view! { <RecoveryCodesPage codes /> }.into_any(),
        Instead::Invited { organization, posted } => {
            view! { <SentPage organization posted /> }.into_any()
        }
        Instead::HandedOver(handed_over) => {
            view! { <HandOverPage handed_over=*handed_over /> }.into_any()
        }
    }
}
