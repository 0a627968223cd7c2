//! What the demo data is to be.

use domain::approvals::Gate;
use domain::approvals::record::{ApprovalForm, NewApproval};
use domain::keys::{Access, Environment};
use domain::organizations::Plan as Bought;

/// An admin of all organizations.
pub const EVERYWHERE: &str = "admin@latchkey.example";
/// One of the vendors' own people.
pub const REP: &str = "rep@latchkey.example";

/// An organization.
pub struct Plan {
    pub profile: &'static str,
    pub slug: &'static str,
    pub name: &'static str,
    /// The vendor's own number for it.
    pub external_id: Option<&'static str>,
    pub bought: Bought,
    /// What is signed.
    pub approvals: &'static [Signed],
    pub channels: &'static [&'static str],
    /// The first one may do everything and stays as it is: it stands in the file.
    pub keys: &'static [KeyPlan],
    /// JSON objects for the first collection.
    pub documents: &'static [&'static str],
}

/// An approval on record.
pub struct Signed {
    pub gate: Gate,
    pub decided_on: &'static str,
    pub reference: &'static str,
    pub signer: &'static str,
}

impl Signed {
    /// As the form records it.
    pub fn parse(&self) -> domain::Result<NewApproval> {
        NewApproval::parse(&ApprovalForm {
            gate: self.gate.as_str().to_owned(),
            decided_on: self.decided_on.to_owned(),
            reference: self.reference.to_owned(),
            signer: self.signer.to_owned(),
            seen: String::new(),
        })
    }
}

/// An API key.
pub struct KeyPlan {
    pub name: &'static str,
    /// The place of its channel in the organization's list.
    pub channel: Option<usize>,
    pub environment: Environment,
    pub access: Access,
    /// Days until it expires.
    pub lifetime: Option<i64>,
    pub fate: Fate,
    /// Requests an hour, when it is busiest.
    pub rate: u64,
}

/// What has become of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    InUse,
    Disabled,
    Revoked,
}

/// In use, live, for everything, for ever.
const fn key(name: &'static str, channel: Option<usize>, rate: u64) -> KeyPlan {
    KeyPlan {
        name,
        channel,
        environment: Environment::Live,
        access: Access::ReadWrite,
        lifetime: None,
        fate: Fate::InUse,
        rate,
    }
}

pub const PLANS: [Plan; 5] = [
    Plan {
        profile: "delphos",
        slug: "st-mary",
        name: "St. Mary Clinic",
        external_id: None,
        bought: Bought::Pro,
        approvals: &[Signed {
            gate: Gate::Baa,
            decided_on: "2025-11-18",
            reference: "BAA-2025-118",
            signer: "Dr. Maria Conti",
        }],
        channels: &["Practice software", "Laboratory", "Patient portal"],
        keys: &[
            key("Practice software", Some(0), 420),
            KeyPlan { access: Access::Write, ..key("Laboratory results", Some(1), 90) },
            KeyPlan {
                access: Access::Read,
                lifetime: Some(9),
                ..key("Quarterly report", None, 30)
            },
            KeyPlan { fate: Fate::Disabled, ..key("Patient portal (pilot)", Some(2), 60) },
            KeyPlan { fate: Fate::Revoked, ..key("Old practice software", Some(0), 120) },
        ],
        documents: &[
            r#"{"first_name":"Ada","last_name":"Nowak","date_of_birth":"1985-03-12","email":"ada.nowak@example.org"}"#,
            r#"{"first_name":"Samuel","last_name":"Okafor","date_of_birth":"1972-11-02","email":"s.okafor@example.org"}"#,
            r#"{"first_name":"Mei","last_name":"Lindqvist","date_of_birth":"1999-07-30","email":null}"#,
        ],
    },
    Plan {
        profile: "clinikapi",
        slug: "northwind-health",
        name: "Northwind Health",
        external_id: None,
        bought: Bought::Enterprise,
        approvals: &[Signed {
            gate: Gate::Baa,
            decided_on: "2026-01-12",
            reference: "BAA-2026-007",
            signer: "Lena Berg",
        }],
        channels: &["Scheduling", "Billing"],
        keys: &[
            key("Scheduling", Some(0), 310),
            KeyPlan { access: Access::Read, ..key("Billing export", Some(1), 45) },
            KeyPlan { environment: Environment::Test, ..key("Developer sandbox", None, 25) },
            KeyPlan {
                fate: Fate::Disabled,
                lifetime: Some(12),
                ..key("Night import", Some(1), 40)
            },
            KeyPlan { fate: Fate::Revoked, ..key("Leaked in a ticket", Some(0), 80) },
        ],
        documents: &[
            r#"{"first_name":"Jonas","last_name":"Weber","gender":"m","birth_date":"1964-01-19"}"#,
            r#"{"first_name":"Priya","last_name":"Raman","gender":"f","birth_date":"1991-09-05"}"#,
        ],
    },
    Plan {
        profile: "deliverty",
        slug: "swift-couriers",
        name: "Swift Couriers",
        external_id: None,
        bought: Bought::Team,
        approvals: &[],
        channels: &["Web shop", "Restaurant tablets", "Dispatch desk"],
        keys: &[
            key("Web shop", Some(0), 650),
            key("Restaurant tablets", Some(1), 380),
            KeyPlan {
                access: Access::Read,
                lifetime: Some(6),
                ..key("Dispatch wall", Some(2), 120)
            },
            KeyPlan { fate: Fate::Disabled, ..key("Partner trial", Some(0), 35) },
            KeyPlan { fate: Fate::Revoked, ..key("First web shop", Some(0), 150) },
        ],
        documents: &[
            r#"{"type":"DELIVERY","status":"ASSIGNED","customer":{"name":"Ines Alvarez"},"pickupLocation":{"address":"12 Harbour Street"},"dropoffLocation":{"address":"4 Mill Lane"}}"#,
            r#"{"type":"DELIVERY","status":"CREATED","customer":{"name":"Omar Haddad"},"pickupLocation":{"address":"Central Kitchen"},"dropoffLocation":{"address":"88 Station Road"}}"#,
        ],
    },
    Plan {
        profile: "delivr",
        slug: "bright-ads",
        name: "Bright Ads",
        external_id: None,
        bought: Bought::Starter,
        approvals: &[],
        channels: &["Campaign sync", "Data warehouse"],
        keys: &[
            key("Campaign sync", Some(0), 540),
            KeyPlan { access: Access::Read, ..key("Warehouse load", Some(1), 200) },
            KeyPlan { lifetime: Some(11), ..key("Agency access", None, 50) },
            KeyPlan { fate: Fate::Disabled, ..key("Weekend test", None, 20) },
            KeyPlan { fate: Fate::Revoked, ..key("Former agency", None, 90) },
        ],
        documents: &[
            r#"{"project_id":"proj_1","name":"Returning visitors","size":18250,"refreshed":"daily"}"#,
            r#"{"project_id":"proj_1","name":"Newsletter readers","size":4310,"refreshed":"weekly"}"#,
        ],
    },
    Plan {
        profile: "novamed",
        slug: "lakeside-clinic",
        name: "Lakeside Clinic",
        external_id: Some("7c0f5b9e-3f0a-4b7e-9f52-6d1f0c2a8e41"),
        bought: Bought::Pro,
        approvals: &[
            Signed {
                gate: Gate::PartnerApproval,
                decided_on: "2026-02-02",
                reference: "PA-2026-031",
                signer: "Nadia Novak",
            },
            Signed {
                gate: Gate::Baa,
                decided_on: "2026-02-05",
                reference: "BAA-2026-019",
                signer: "Dr. Irena Kos",
            },
        ],
        channels: &["Front desk", "Telemedicine"],
        keys: &[
            key("Front desk", Some(0), 260),
            key("Telemedicine", Some(1), 140),
            KeyPlan { environment: Environment::Test, ..key("Integration test", None, 15) },
            KeyPlan { fate: Fate::Disabled, lifetime: Some(13), ..key("Survey tool", None, 20) },
            KeyPlan { fate: Fate::Revoked, ..key("Front desk (old)", Some(0), 70) },
        ],
        documents: &[
            r#"{"first_name":"Irena","last_name":"Kos","email":"irena.kos@lakeside.example","speciality":"Cardiology","assigned_clinic":"7c0f5b9e-3f0a-4b7e-9f52-6d1f0c2a8e41"}"#,
            r#"{"first_name":"Tomas","last_name":"Silva","email":"tomas.silva@lakeside.example","speciality":"Paediatrics","assigned_clinic":"7c0f5b9e-3f0a-4b7e-9f52-6d1f0c2a8e41"}"#,
        ],
    },
];
