//! The question before a key gets a new text.

use domain::Error;
use domain::keys::Key;
use domain::keys::overlap::Overlap;
use domain::keys::regeneration::RegenerateForm;
use leptos::prelude::*;

use super::asked_key::asked_key;
use super::drain_view::stopped;
use super::key_page::stopped_banner;
use crate::pages::{Content, Messages, Request, Section, organization_page, rejected};
use crate::ui::{
    Banner, Card, Checkbox, Choice, ErrorSummary, FormEnd, IconName, PageHeader, Preselect,
    RadioGroup, SubmitOnce, Tone,
};
use crate::{access_log, form, routes, when};

#[component]
pub fn RegeneratePage() -> impl IntoView {
    let (form, messages) = rejected::<RegenerateForm>();
    organization_page(Section::Keys, move |request, member| async move {
        let (author, key) = asked_key(&request, &member).await?;
        if let Some(why) = key.keeps_its_text() {
            return Err(Error::Conflict(why));
        }
        let slug = &author.organization().slug;
        let (title, back) = (format!("Regenerate {}", key.name), routes::key(slug, key.id));
        let may_overlap = request.backend().profiles.of(author.organization())?.may_overlap;
        let form = prefilled(&request, &key, form);
        let used = key.last_used_at.map(|at| when::ago(at, request.backend().clock.now()));
        let used =
            used.map_or("It was never used.".to_owned(), |ago| format!("It was last used {ago}."));
        let at_once = (!may_overlap).then(|| {
            view! {
                <Banner tone=Tone::Warning title="The old key stops working at once">
                    {format!("Every program that sends {} is refused until it has the new one. {used}", key.hint)}
                </Banner>
            }
        });
        let callers = access_log::callers(&request, &author, key.id).await?;
        let callers =
            callers.map(|callers| view! { <Card title="Who needs the new key">{callers}</Card> });
        let body = view! {
            <PageHeader title=title.clone() back=(back.clone(), key.name.clone()) />
            <ErrorSummary messages=messages.all() />
            {at_once}
            {stopped_banner(slug, &key)}
            <p>"Name, channel, access, expiry and usage stay as they are. The new key is shown once, on the next page."</p>
            {callers}
            <form
                method="post"
                action=routes::key_action(slug, key.id, "regenerate")
                class="form stack"
            >
                <SubmitOnce />
                <input type="hidden" name="form_token" value=form.form_token.clone() />
                <input type="hidden" name="replaces" value=key.last_four().to_owned() />
                {questions(&key, &form, &messages, may_overlap)}
                <FormEnd
                    submit="Regenerate key"
                    icon=IconName::Refresh
                    back=back
                    leave="Keep the key as it is"
                />
            </form>
        };
        Ok(Content::new(title, body))
    })
}

/// The form as it stands first: `Now` where the key leaked or nobody uses it. What was refused
/// because the key leaked comes back as `Now`, too.
fn prefilled(request: &Request, key: &Key, refused: RegenerateForm) -> RegenerateForm {
    let leaked = refused.leaked.is_some() || request.query("leaked") == "true";
    let overlap = if leaked || key.last_used_at.is_none() { Overlap::Now } else { Overlap::Day };
    RegenerateForm {
        overlap: overlap.as_str().to_owned(),
        leaked: leaked.then(|| "true".to_owned()),
        form_token: form::token(&refused.form_token),
        ..refused
    }
}

fn questions(
    key: &Key,
    form: &RegenerateForm,
    messages: &Messages,
    may_overlap: bool,
) -> impl IntoView + use<> {
    let leaked = form.leaked.is_some();
    let choices = may_overlap.then(|| {
        let error = messages.of("overlap");
        let (legend, value) = (format!("The old key, {}, ends", key.hint), form.overlap.clone());
        view! {
            <RadioGroup legend name="overlap" choices=overlap_choices(key) value error />
            <Preselect when="leaked".to_owned() choose="overlap".to_owned() />
        }
    });
    let seen = leaked.then(|| view! { <input type="hidden" name="leak_seen" value="true" /> });
    view! {
        <Checkbox
            label="The key may have leaked"
            name="leaked"
            checked=leaked
            hint="Somebody else may have it: the old key should end now."
        />
        {seen}
        {choices}
    }
}

fn overlap_choices(key: &Key) -> Vec<Choice> {
    // Of a key that is refused just now, neither would be true.
    let works = stopped(key).is_none();
    let choice = |overlap: Overlap| {
        let (label, hint) = match overlap {
            Overlap::Now => ("Now", Some("Programs are refused until they have the new key.")),
            Overlap::Hour => ("After 1 h", None),
            Overlap::Day => ("After 24 h", Some("Until then both keys work.")),
            Overlap::ThreeDays => ("After 3 d", None),
            Overlap::Week => ("After 7 d", None),
        };
        Choice {
            value: overlap.as_str().to_owned(),
            label: label.to_owned(),
            hint: hint.filter(|_| works).map(str::to_owned),
        }
    };
    Overlap::ALL.map(choice).to_vec()
}
