//! A command or listing to copy.

use leptos::prelude::*;

use super::CopyButton;

/// `label` says what the code is; the copy button stays out of the way of the text.
#[component]
pub fn CodeBlock(#[prop(into)] code: String, #[prop(into)] label: String) -> impl IntoView {
    view! {
        <figure class="code" data-copy-scope>
            <figcaption class="code__head">
                <span>{label}</span>
                <CopyButton text=code.clone() label="Copy".to_owned() />
            </figcaption>
            <pre class="code__body" tabindex="0"><code data-copy-source>{code}</code></pre>
        </figure>
    }
    .into_any()
}
