//! Documents for the sample collections. Only somebody with a key adds documents, so that this
//! waits until keys are known.

use domain::collections::create::{Created, create};
use domain::collections::{Document, Shelf};
use domain::verification::{Demand, Presented, Verdict, verify};
use domain::{Backend, Error};

use super::plan::PLANS;
use super::{Demo, DemoFile};
use crate::{Failure, Result};

/// Adds each organization's documents, with its own key, to demo data that is new.
pub async fn add_documents(backend: &Backend, demo: Option<&Demo>) -> Result<()> {
    match demo {
        Some(demo) if demo.new => add(backend, &demo.file).await,
        _ => Ok(()),
    }
}

async fn add(backend: &Backend, file: &DemoFile) -> Result<()> {
    for (plan, organization) in PLANS.iter().zip(&file.organizations) {
        let profile = backend.profiles.get(plan.profile).ok_or(Error::NotFound)?;
        let collection = profile.collections.first().ok_or(Error::NotFound)?;
        let presented = Presented {
            key: Some(organization.api_key.as_bytes()),
            secret: organization.api_secret.as_deref().map(str::as_bytes),
        };
        let demand = Demand { profile: Some(profile), write: true, ..Demand::default() };
        let Verdict::Accepted(grant) = verify(backend, presented, demand) else {
            return Err(Failure::new(format!("the new key of {} is refused", plan.name)));
        };
        let shelf = Shelf::new(backend, profile, collection, &grant, Document::new());
        for document in plan.documents {
            let document = serde_json::from_str(document)
                .map_err(|error| Failure::because("a demo document", error))?;
            let created = create(&shelf, document, None).await?;
            if !matches!(created, Created::Kept(_)) {
                return Err(Failure::new(format!("a document of {}: {created:?}", plan.name)));
            }
        }
    }
    Ok(())
}
