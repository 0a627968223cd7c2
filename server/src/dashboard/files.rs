//! Scripts, styles and pictures. Those with a hash in their name never change, so browsers keep
//! them for good.

use app::RouteTable;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, Response};
use std::path::Path;
use tower::ServiceBuilder;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::site::{PACKAGE, Site};
use crate::{Failure, Result};

const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const FOR_AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// How the build compresses files beside the originals.
const COMPRESSED: [&str; 3] = ["br", "gz", "txt"];

/// A route for the hashed files' directory, and one for each file beside it.
pub fn routes(site: &Site) -> Result<RouteTable> {
    let Site::Built { directory, .. } = site else { return Ok(RouteTable::new()) };
    let package = ServeDir::new(directory.join(PACKAGE))
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let package = ServiceBuilder::new().layer(keep(FOR_GOOD)).service(package);
    let mut routes = RouteTable::new().serve_beneath(&format!("/{PACKAGE}"), package);
    for name in single_files(directory)? {
        let file = ServeFile::new(directory.join(&name)).precompressed_br().precompressed_gzip();
        let file = ServiceBuilder::new().layer(keep(FOR_AN_HOUR)).service(file);
        routes = routes.serve(&format!("/{name}"), file);
    }
    Ok(routes)
}

/// Only what is there may be kept: a missing file may come with the next version.
fn keep<B>(
    how_long: HeaderValue,
) -> SetResponseHeaderLayer<impl Fn(&Response<B>) -> Option<HeaderValue> + Clone> {
    SetResponseHeaderLayer::overriding(CACHE_CONTROL, move |response: &Response<B>| {
        let status = response.status();
        (status.is_success() || status.is_redirection()).then(|| how_long.clone())
    })
}

fn single_files(directory: &Path) -> Result<Vec<String>> {
    let failed = |error| Failure::because(&directory.display().to_string(), error);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let original = path
            .extension()
            .is_none_or(|extension| !COMPRESSED.iter().any(|compressed| extension == *compressed));
        if let (true, true, Ok(name)) = (path.is_file(), original, entry.file_name().into_string())
        {
            names.push(name);
        }
    }
    Ok(names)
}
