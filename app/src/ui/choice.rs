//! Choosing one of several.

use leptos::prelude::*;

use super::field::{control_id, described_by, error_view, field_class, hint_view, invalid};
use super::icon::glyph;
use super::icon_paths;

/// One of the answers that a `Select` or `RadioGroup` offers. A `Select` cannot show the hint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub hint: Option<String>,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A drop-down list; `value` is the chosen one.
#[component]
pub fn Select(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    choices: Vec<Choice>,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
) -> impl IntoView {
    let id = control_id(&name);
    let described = described_by(&name, hint.is_some(), error.is_some());
    let options = choices
        .into_iter()
        .map(|choice| {
            let selected = choice.value == value;
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        })
        .collect_view();
    view! {
        <div class=field_class(error.is_some())>
            <label class="field__label" for=id.clone()>{label}</label>
            {hint_view(&name, hint)}
            {error_view(&name, error.clone())}
            <div class="select">
                <select
                    class="input"
                    id=id
                    name=name
                    aria-describedby=described
                    aria-invalid=invalid(error.is_some())
                >
                    {options}
                </select>
                {glyph(icon_paths::CHEVRON_DOWN)}
            </div>
        </div>
    }
    .into_any()
}

/// All answers in sight; better than a `Select` up to five or so, or where they need a hint.
#[component]
pub fn RadioGroup(
    #[prop(into)] legend: String,
    #[prop(into)] name: String,
    choices: Vec<Choice>,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
) -> impl IntoView {
    let described = described_by(&name, hint.is_some(), error.is_some());
    let options = choices
        .into_iter()
        .enumerate()
        .map(|(index, choice)| radio(&name, index, choice, &value))
        .collect_view();
    view! {
        <fieldset
            class=field_class(error.is_some())
            role="radiogroup"
            aria-describedby=described
            aria-invalid=invalid(error.is_some())
        >
            <legend class="field__label">{legend}</legend>
            {hint_view(&name, hint)}
            {error_view(&name, error.clone())}
            <div class="field__options">{options}</div>
        </fieldset>
    }
    .into_any()
}

/// The first one gets the field's id, so that the error summary's link focuses it.
fn radio(name: &str, index: usize, choice: Choice, value: &str) -> impl IntoView + use<> {
    let id = match index {
        0 => control_id(name),
        _ => format!("{}-{index}", control_id(name)),
    };
    let checked = choice.value == value;
    let hint_id = format!("{id}-note");
    let described = choice.hint.is_some().then(|| hint_id.clone());
    view! {
        <div class="option">
            <input
                class="option__control"
                type="radio"
                id=id.clone()
                name=name.to_owned()
                value=choice.value
                checked=checked
                aria-describedby=described
            />
            <label class="option__label" for=id>{choice.label}</label>
            {choice.hint.map(|text| view! { <p class="option__hint" id=hint_id>{text}</p> })}
        </div>
    }
}
