//! An invitation's link, shown once to whom it was made for, to be handed over.

use domain::invitations::Written;
use leptos::prelude::*;

use super::letter;
use crate::pages::{Content, Section, signed_in_page};
use crate::state::State;
use crate::team::title;
use crate::ui::{
    Banner, ButtonKind, Card, Description, DescriptionList, FormActions, LinkButton, PageHeader,
    SecretField, Tone,
};
use crate::{routes, when};

/// The outcome of a form that asked for a letter.
#[derive(Clone, Debug)]
pub struct Posted {
    pub written: Written,
    /// Whether a mail server was asked in vain.
    pub mail_failed: bool,
}

#[component]
pub fn SentPage(organization: String, posted: Posted) -> impl IntoView {
    signed_in_page(Some(Section::Team), move |request| async move {
        let member = request.member_of(&organization).await?;
        let content = match posted.written {
            Written::Now(letter) => now(request.state(), &organization, letter, posted.mail_failed),
            Written::Before => before(&organization),
        };
        Ok((content, Some(member)))
    })
}

fn now(
    state: &State,
    slug: &str,
    letter: domain::invitations::Letter,
    mail_failed: bool,
) -> Content {
    let (link, team) = (letter::link(state, &letter), routes::team(slug));
    let failed = mail_failed.then(|| {
        view! {
            <Banner tone=Tone::Danger title="The letter could not be sent by mail">
                "The invitation is open all the same: hand the link over yourself, or send it again later."
            </Banner>
        }
    });
    let (email, role, until) = (letter.email.clone(), title(letter.role), letter.expires_at);
    let body = view! {
        <PageHeader title="Hand over the invitation" subtitle=letter.email.clone() />
        {failed}
        <Banner tone=Tone::Warning title="The link is shown only this once">
            "Give it to the person by a way that only they can read. Whoever opens it first can take the invitation."
        </Banner>
        <Card>
            <SecretField
                label="Invitation link"
                value=link
                test_id="invitation-link"
                copy_label="Copy link"
            />
            <DescriptionList>
                <Description term="For">{email}</Description>
                <Description term="Role">{role}</Description>
                <Description term="Works until">{when::time_view(until)}</Description>
            </DescriptionList>
        </Card>
        <FormActions>
            <LinkButton href=team kind=ButtonKind::Primary>
                "Done"
            </LinkButton>
        </FormActions>
    };
    Content::new("Hand over the invitation", body)
}

fn before(slug: &str) -> Content {
    let team = routes::team(slug);
    let body = view! {
        <PageHeader title="This invitation was already made" />
        <Banner tone=Tone::Info title="Nothing happened this time">
            "The form was sent twice, or the page was reloaded. The first answer had the link, which cannot be shown again."
        </Banner>
        <p>"If you did not get to copy it, send the invitation again: that makes a new link and stops the old one."</p>
        <FormActions>
            <LinkButton href=team kind=ButtonKind::Primary>
                "Go to the team"
            </LinkButton>
        </FormActions>
    };
    Content::new("This invitation was already made", body)
}
