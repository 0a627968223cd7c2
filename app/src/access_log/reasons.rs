//! Why a call was refused, in words, and what helps.

use domain::verification::Reason;

/// The reason in few words.
pub fn reason_text(reason: Reason) -> &'static str {
    match reason {
        Reason::Stale => "No word from the database",
        Reason::Missing => "No key",
        Reason::Malformed => "Not a key",
        Reason::Unknown => "Unknown key",
        Reason::WrongTenant => "Another tenant's address",
        Reason::SecretRequired => "Secret missing",
        Reason::WrongSecret => "Wrong secret",
        Reason::Revoked => "Key revoked",
        Reason::Disabled => "Key disabled",
        Reason::Expired => "Key expired",
        Reason::NotYetValid => "Key not valid yet",
        Reason::OrganizationSuspended => "Organization suspended",
        Reason::ChannelInactive => "Channel inactive",
        Reason::ChannelSuspended => "Channel suspended",
        Reason::WrongEnvironment => "Wrong environment",
        Reason::OutOfScope => "Out of scope",
        Reason::IpRefused => "Address not allowed",
        Reason::RateLimited => "Rate limit",
        Reason::GateClosed => "Approval missing",
    }
}

/// What happened, and what to do about it.
pub(super) fn explanation(reason: Reason) -> &'static str {
    match reason {
        Reason::Stale => {
            "This node had not heard from its database for longer than is allowed. It lets nobody in then, because a \
             revocation might have been missed. The call can be made again."
        }
        Reason::Missing => {
            "The call carried no key. Send it in the header that the quick start names."
        }
        Reason::Malformed => {
            "What was sent cannot be a key: its prefix, length or checksum is wrong. Look for a missing or an extra character."
        }
        Reason::Unknown => {
            "It looks like a key, but there is none like it. It may have been replaced when the key was regenerated."
        }
        Reason::WrongTenant => {
            "The key is good, but it was sent to the address of another organization or another API. Use this \
             organization's own address."
        }
        Reason::SecretRequired => {
            "The key demands its secret, and none was sent. Send both halves of the pair."
        }
        Reason::WrongSecret => {
            "The secret is not this key's. It may have been rotated: give the program the new one."
        }
        Reason::Revoked => {
            "The key had been revoked, which cannot be undone. The program needs another key."
        }
        Reason::Disabled => {
            "The key was disabled, or refused for a test that ends by itself: its page says which. Enable it there, or give the program another."
        }
        Reason::Expired => {
            "The key, or this former text of it, had expired. Regenerate it or create a new one."
        }
        Reason::NotYetValid => "The key is good from a later time on, which its page shows.",
        Reason::OrganizationSuspended => {
            "All keys of this organization were refused, because the vendor had suspended it."
        }
        Reason::ChannelInactive => "The key's channel was inactive. Activate it on its page.",
        Reason::ChannelSuspended => "The key's channel was suspended. Activate it on its page.",
        Reason::WrongEnvironment => {
            "A live key was used where test keys belong, or the other way round."
        }
        Reason::OutOfScope => {
            "The key's scopes, or the person that its channel acts as, do not allow this call. Use a key that may do \
             more, or let the program ask for less."
        }
        Reason::IpRefused => {
            "The key may be used from some networks only, and the call came from elsewhere. Compare the address below \
             with those on the key's page."
        }
        Reason::RateLimited => {
            "The key had used up its calls of this minute. The answer said when to come again; slow the program down."
        }
        Reason::GateClosed => {
            "Something that the vendor demands before such keys is not on record, such as a signed agreement. Ask the vendor."
        }
    }
}
