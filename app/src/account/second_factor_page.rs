//! Setting a second factor up, and doing without it.

use domain::users::second_factor::get::{Status, get};
use leptos::prelude::*;

use crate::pages::{Content, Request, signed_in_page};
use crate::ui::{
    Banner, Button, ButtonKind, Card, Description, DescriptionList, FormActions, PageHeader,
    SubmitOnce, Tone,
};
use crate::{routes, when};

pub(super) const TITLE: &str = "Second factor";

/// What leads back to the account.
pub(super) fn back() -> (String, String) {
    (routes::ACCOUNT.to_owned(), "Your account".to_owned())
}

#[component]
pub fn SecondFactorPage() -> impl IntoView {
    signed_in_page(None, |request: Request| async move {
        request.fresh()?;
        let status = get(request.backend(), request.user()?.id).await?;
        let body = match status {
            None => beginning().into_any(),
            Some(status) => ending(&status).into_any(),
        };
        let body = view! {
            <PageHeader title=TITLE back=back() />
            {body}
        };
        Ok((Content::new(TITLE, body), None))
    })
}

fn beginning() -> impl IntoView {
    view! {
        <p>
            "With a second factor, signing in takes your password and a code from an app on your phone. Somebody who has found out your password cannot sign in with it."
        </p>
        <p>
            "You need an app for codes, such as Aegis, FreeOTP, 1Password, Google Authenticator or Microsoft Authenticator."
        </p>
        <form method="post" action=routes::SECOND_FACTOR>
            <SubmitOnce />
            <FormActions>
                <Button kind=ButtonKind::Primary>"Set up"</Button>
            </FormActions>
        </form>
    }
}

fn ending(status: &Status) -> impl IntoView + use<> {
    let (since, left) = (status.since, status.recovery_codes_left);
    let few = (left < 3).then(|| {
        view! {
            <Banner tone=Tone::Warning title="You are running out of recovery codes">
                "Turn the second factor off and set it up again to get ten new ones."
            </Banner>
        }
    });
    view! {
        {few}
        <Card>
            <DescriptionList>
                <Description term="In use since">{when::time_view(since)}</Description>
                <Description term="Recovery codes left">{left}</Description>
            </DescriptionList>
        </Card>
        <Banner tone=Tone::Warning title="Without it, your password is enough to sign in">
            "Organizations that ask for a second factor do not let you in until you have set up another. To use another phone, turn it off and set it up again."
        </Banner>
        <form method="post" action=routes::SECOND_FACTOR_REMOVE>
            <SubmitOnce />
            <FormActions>
                <Button kind=ButtonKind::Danger>"Turn off"</Button>
            </FormActions>
        </form>
    }
}
