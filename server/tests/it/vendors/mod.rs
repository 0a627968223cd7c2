//! The vendors' documents, statement by statement. README.md beside this file says which test
//! holds which statement.

mod clinikapi;
mod collections;
mod datastores;
mod deliverty;
mod delivr;
mod delphos;
mod documents;
mod isolation;
mod matrix;
mod moving;
mod novamed;
mod openapi;
mod quick_start;
mod sixth;
mod stage;
