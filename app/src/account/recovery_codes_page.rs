//! Recovery codes on the one page that shows them.

use domain::users::second_factor::RecoveryCodes;
use leptos::prelude::*;

use super::second_factor_page::back;
use crate::pages::{Content, signed_in_page};
use crate::routes;
use crate::ui::{Banner, ButtonKind, CodeBlock, FormActions, LinkButton, PageHeader, Tone};

#[component]
pub fn RecoveryCodesPage(codes: RecoveryCodes) -> impl IntoView {
    signed_in_page(None, move |_| async move {
        let list = codes.expose().join("\n");
        let body = view! {
            <PageHeader title="Store your recovery codes" back=back() />
            <Banner tone=Tone::Success title="Your second factor is set up">
                "From now on, signing in takes a code. You are signed out everywhere else."
            </Banner>
            <Banner tone=Tone::Warning title="These codes are shown only this once">
                "Each signs you in once when your phone is lost. Keep them where you keep what matters, and not on the phone."
            </Banner>
            <CodeBlock code=list label="Recovery codes" />
            <FormActions>
                <LinkButton href=routes::ORGANIZATIONS kind=ButtonKind::Primary>
                    "I have stored them"
                </LinkButton>
            </FormActions>
        };
        Ok((Content::new("Store your recovery codes", body).fleeting(), None))
    })
}
