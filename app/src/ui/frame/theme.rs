//! Light, dark, or as the system says.

use leptos::prelude::*;

use crate::ui::{Icon, IconName};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word that the form sends and a cookie can keep.
    pub const fn value(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Anything unknown means that the system decides.
    pub fn from_value(value: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.value() == value).unwrap_or_default()
    }

    /// What `<html data-theme>` says; `None` leaves the choice to the system.
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light | Self::Dark => Some(self.value()),
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    const fn icon(self) -> IconName {
        match self {
            Self::System => IconName::Monitor,
            Self::Light => IconName::Sun,
            Self::Dark => IconName::Moon,
        }
    }
}

/// Three buttons that POST `theme` and `return_to` to `action`.
#[component]
pub fn ThemeSwitch(
    theme: Theme,
    #[prop(into)] action: String,
    #[prop(into)] return_to: String,
) -> impl IntoView {
    let buttons = Theme::ALL
        .into_iter()
        .map(|choice| {
            let pressed = if choice == theme { "true" } else { "false" };
            view! {
                <button
                    type="submit"
                    class="theme-switch__choice"
                    name="theme"
                    value=choice.value()
                    aria-pressed=pressed
                >
                    <Icon name=choice.icon() />
                    <span>{choice.label()}</span>
                </button>
            }
        })
        .collect_view();
    view! {
        <form class="theme-switch" method="post" action=action aria-label="Theme">
            <input type="hidden" name="return_to" value=return_to />
            {buttons}
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::Theme;

    #[test]
    fn values_survive_the_way_through_a_cookie() {
        for theme in Theme::ALL {
            assert_eq!(Theme::from_value(theme.value()), theme);
        }
        assert_eq!(Theme::from_value("sepia"), Theme::System);
    }
}
