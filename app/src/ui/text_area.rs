//! Several lines of text.

use leptos::prelude::*;

use super::field::{control_id, described_by, error_view, field_class, hint_view, invalid};

/// A labelled input of several lines, for lists of which each line is an entry.
#[component]
pub fn TextArea(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(default = 3)] rows: u32,
) -> impl IntoView {
    let id = control_id(&name);
    let described = described_by(&name, hint.is_some(), error.is_some());
    view! {
        <div class=field_class(error.is_some())>
            <label class="field__label" for=id.clone()>
                {label}
            </label>
            {hint_view(&name, hint)}
            {error_view(&name, error.clone())}
            <textarea
                class="input input--lines"
                id=id
                name=name
                rows=rows
                spellcheck="false"
                autocomplete="off"
                aria-describedby=described
                aria-invalid=invalid(error.is_some())
            >
                {escaped(&value)}
            </textarea>
        </div>
    }
    .into_any()
}

/// Leptos writes what is inside a `textarea` as it is, so a value could end the element and go on
/// with elements of its own. Browsers turn these references back into what was typed.
fn escaped(value: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let value = value.replace('"', "&quot;");
    // The first line break after the tag is not part of the value.
    if value.starts_with(['\n', '\r']) { format!("\n{value}") } else { value }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays_text() {
        let owner = Owner::new();
        owner.set();
        let typed = "</textarea><img src=x> \"&amp;\"";
        let html = view! { <TextArea label="Networks" name="networks" value=typed /> }.to_html();
        let kept = "&lt;/textarea&gt;&lt;img src=x&gt; &quot;&amp;amp;&quot;";
        assert!(html.contains(kept) && !html.contains("<img"), "{html}");
        assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
        assert_eq!(escaped("\nsecond line"), "\n\nsecond line");
    }
}
