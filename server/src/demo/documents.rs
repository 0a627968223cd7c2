//! Documents for the sample collections. Only somebody with a key adds documents, so that this
//! waits until keys are known.

use domain::collections::create::create;
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
        for document in plan.documents {
            let document = serde_json::from_str(document)
                .map_err(|error| Failure::because("a demo document", error))?;
            create(backend, &grant, &collection.name, document).await?;
        }
    }
    Ok(())
}
