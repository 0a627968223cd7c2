//! Identifiers: a type each, so that a channel's id cannot stand where a key's belongs.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "server", derive(sqlx::Type))]
        #[cfg_attr(feature = "server", sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::Error;

            /// Text that is no id names nothing.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self).map_err(|_| crate::Error::NotFound)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }

        #[cfg(feature = "server")]
        impl $name {
            /// A new id; ids sort by the time they were made.
            pub fn generate() -> Self {
                Self(uuid::Uuid::now_v7())
            }
        }
    };
}

id!(
    /// An organization.
    OrganizationId
);
id!(
    /// A person who signs in.
    UserId
);
id!(
    /// A channel of an organization.
    ChannelId
);
id!(
    /// An API key; it keeps its id when it is regenerated.
    KeyId
);
id!(
    /// An invitation to join an organization.
    InvitationId
);
id!(
    /// An organization that a rep is filling in.
    DraftId
);
id!(
    /// A link that makes an organization's first key.
    ClaimId
);
id!(
    /// An address of an organization's own program.
    WebhookId
);
id!(
    /// Something that is told to an organization.
    NoticeId
);
id!(
    /// A notice on its way to one recipient.
    DeliveryId
);
