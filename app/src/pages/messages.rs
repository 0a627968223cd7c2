//! What a form's page says of a form that was just refused.

use leptos::prelude::use_context;

use crate::act::Rejected;
use crate::ui::{FieldMessage, capitalized};

/// What was typed into the page's form and what is wrong with it, if it was just refused.
pub fn rejected<F: Clone + Default + Send + Sync + 'static>() -> (F, Messages) {
    use_context::<Rejected<F>>().map_or_else(Default::default, |rejected| {
        let messages = rejected.errors.iter();
        let messages = messages.map(|error| FieldMessage::new(error.field, error.rule.to_string()));
        (rejected.form, Messages(messages.collect()))
    })
}

/// Fields that forms send without showing them.
const HIDDEN: [&str; 2] = ["seen", "form_token"];

/// What is wrong with a form's fields.
#[derive(Clone, Debug, Default)]
pub struct Messages(Vec<FieldMessage>);

impl Messages {
    /// What stands beside the field.
    pub fn of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|message| message.field == field).map(|message| message.message.clone())
    }

    /// All of them, for the summary. Where several fields break the same rule, the sentence alone
    /// would not say which of them is meant.
    pub fn all(&self) -> Vec<FieldMessage> {
        let alike = |message: &str| self.0.iter().filter(|other| other.message == message).count();
        let all = self.0.iter().map(|FieldMessage { field, message }| match alike(message) {
            // There is nothing to see where these stand, so there is nowhere to lead to.
            _ if HIDDEN.contains(&field.as_str()) => FieldMessage::new("", message),
            0 | 1 => FieldMessage::new(field, message),
            _ => FieldMessage::new(field, format!("{}: {message}", in_words(field))),
        });
        all.collect()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `baa_decided_on` as its label says it: `BAA signed on`.
fn in_words(field: &str) -> String {
    let words = field.replace('_', " ").replace("baa", "BAA").replace("decided on", "signed on");
    capitalized(&words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_to_a_field_that_is_not_shown() {
        let said = |field: &str| FieldMessage::new(field, "Wrong");
        let messages = Messages(vec![said("seen"), said("baa_decided_on"), said("name")]);
        let all = messages.all();
        let fields: Vec<_> = all.iter().map(|message| message.field.as_str()).collect();
        assert_eq!(fields, ["", "baa_decided_on", "name"]);
        assert_eq!(all[1].message, "BAA signed on: Wrong");
    }
}
