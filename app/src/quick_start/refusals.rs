//! What calls are told that are not let in, in the words of the organization's API.

use domain::profiles::{Answer, Profile};
use domain::verification::Reason;
use leptos::prelude::*;

use crate::ui::{Card, Description, DescriptionList};

/// Reasons that callers can do something about, in the order in which a call meets them.
const REASONS: [(Reason, &str); 9] = [
    (Reason::Missing, "no key was sent"),
    (Reason::Unknown, "the key is unknown, revoked, disabled or expired"),
    (Reason::SecretRequired, "the secret is missing"),
    (Reason::WrongSecret, "the secret is wrong"),
    (Reason::ChannelInactive, "the key's channel is inactive"),
    (Reason::ChannelSuspended, "the key's channel is suspended"),
    (Reason::OutOfScope, "the key may not do this"),
    (Reason::RateLimited, "the key has used up its calls of this minute"),
    (Reason::Stale, "keys cannot be judged for the moment; try again"),
];

/// Each answer once, with all that it is given for.
fn answers(profile: &Profile) -> Vec<(&Answer, String)> {
    let mut found: Vec<(&Answer, Vec<&str>)> = Vec::new();
    for (reason, words) in REASONS {
        let of_pairs = matches!(reason, Reason::SecretRequired | Reason::WrongSecret);
        if of_pairs && !profile.has_secrets() {
            continue;
        }
        let answer = profile.refusal(reason);
        let same = |other: &&mut (&Answer, Vec<&str>)| {
            (other.0.status, &other.0.body) == (answer.status, &answer.body)
        };
        match found.iter_mut().find(same) {
            Some((_, known)) => known.push(words),
            None => found.push((answer, vec![words])),
        }
    }
    found.into_iter().map(|(answer, words)| (answer, sentence(&words))).collect()
}

/// `No key was sent, or the key is unknown`.
fn sentence(words: &[&str]) -> String {
    let text = words.join(", or ");
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

pub fn card(profile: &Profile) -> impl IntoView + use<> {
    let rows = answers(profile).into_iter().map(|(answer, when)| {
        let (status, body) = (answer.status.to_string(), answer.body.clone());
        view! {
            <Description term=status>
                <p>{when}</p>
                <code>{body}</code>
            </Description>
        }
    });
    let rows = rows.collect_view();
    view! {
        <Card title="When a call is refused">
            <p>
                "Every answer carries an x-request-id, by which admins find in the access log why it was refused."
            </p>
            <DescriptionList>{rows}</DescriptionList>
        </Card>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::profiles::Profiles;
    use domain::{Error, Result};

    #[test]
    fn an_answer_stands_once_with_all_its_reasons() -> Result<()> {
        let profiles = Profiles::built_in()?;
        let of = |name| {
            let profile = profiles.get(name).ok_or(Error::NotFound)?;
            let said = answers(profile).into_iter().map(|(answer, when)| (answer.status, when));
            Ok::<_, Error>(said.collect::<Vec<_>>())
        };
        let delphos = of("delphos")?;
        let first =
            "No key was sent, or the key is unknown, revoked, disabled or expired".to_owned();
        assert_eq!(delphos.first(), Some(&(401, first)));
        assert!(delphos.iter().all(|(_, when)| !when.contains("secret")), "{delphos:?}");
        let delivr = of("delivr")?;
        assert!(delivr.contains(&(401, "The secret is missing".to_owned())), "{delivr:?}");
        let deliverty = of("deliverty")?;
        let suspended = (403, "The key's channel is suspended".to_owned());
        assert!(deliverty.contains(&suspended), "{deliverty:?}");
        Ok(())
    }
}
