//! A secret on the one page that shows it.

use leptos::prelude::*;

use super::CopyButton;

/// The value in full: it wraps, and one click selects all of it.
#[component]
pub fn SecretField(
    #[prop(into)] label: String,
    #[prop(into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    /// `data-testid` of the element that holds the value.
    #[prop(optional, into)]
    test_id: Option<String>,
    /// What the copy button says; "Copy" unless two stand on one page.
    #[prop(default = "Copy".to_owned(), into)]
    copy_label: String,
) -> impl IntoView {
    view! {
        <div class="secret" data-copy-scope>
            <p class="secret__label">{label}</p>
            {hint.map(|text| view! { <p class="field__hint">{text}</p> })}
            <div class="secret__box">
                <code class="secret__value" data-copy-source data-testid=test_id translate="no">
                    {value.clone()}
                </code>
                <CopyButton text=value label=copy_label />
            </div>
        </div>
    }
    .into_any()
}
