//! What every form control shares: its id, its hint, its error, and the rows around them.

use leptos::prelude::*;

use super::icon::glyph;
use super::icon_paths;

/// Where the error summary's link leads; also what the label points to.
pub(super) fn control_id(name: &str) -> String {
    format!("field-{name}")
}

fn hint_id(name: &str) -> String {
    format!("field-{name}-hint")
}

fn error_id(name: &str) -> String {
    format!("field-{name}-error")
}

/// The ids that `aria-describedby` lists: the hint first, as it stands on the page.
pub(super) fn described_by(name: &str, has_hint: bool, has_error: bool) -> Option<String> {
    let ids: Vec<String> = [has_hint.then(|| hint_id(name)), has_error.then(|| error_id(name))]
        .into_iter()
        .flatten()
        .collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

pub(super) fn field_class(has_error: bool) -> &'static str {
    if has_error { "field field--invalid" } else { "field" }
}

/// The value of `aria-invalid`, which is left out where there is nothing wrong.
pub(super) fn invalid(has_error: bool) -> Option<&'static str> {
    has_error.then_some("true")
}

pub(super) fn hint_view(name: &str, hint: Option<String>) -> impl IntoView + use<> {
    let id = hint_id(name);
    hint.map(|text| view! { <p class="field__hint" id=id>{text}</p> })
}

pub(super) fn error_view(name: &str, error: Option<String>) -> impl IntoView + use<> {
    let id = error_id(name);
    error.map(|text| {
        view! {
            <p class="field__error" id=id>
                {glyph(icon_paths::TRIANGLE_ALERT)}
                <span>{text}</span>
            </p>
        }
    })
}

/// The row of buttons that ends a form, the main one first.
#[component]
pub fn FormActions(children: Children) -> impl IntoView {
    view! { <div class="form-actions">{children()}</div> }.into_any()
}

/// A form that filters the page it stands on; its state is in the address, so it uses GET.
#[component]
pub fn FilterBar(#[prop(into)] action: String, children: Children) -> impl IntoView {
    view! {
        <form class="filter-bar" method="get" action=action role="search">
            {children()}
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::described_by;

    #[test]
    fn a_plain_field_is_described_by_nothing() {
        assert_eq!(described_by("name", false, false), None);
    }

    #[test]
    fn the_hint_is_read_before_the_error() {
        assert_eq!(
            described_by("name", true, true).as_deref(),
            Some("field-name-hint field-name-error")
        );
    }
}
