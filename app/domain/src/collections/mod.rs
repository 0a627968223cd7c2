//! Collections: the sample endpoints. They keep JSON objects under row-level security, and show
//! that a key reaches its own organization's data and no other.

pub mod create;
pub mod get;
pub mod list;

use serde_json::{Map, Value};

/// A JSON object that a program sent or gets.
pub type Document = Map<String, Value>;
