//! What several rooms need of text and time: truncation, inline bytes, secrets, errors, digits, timestamps,
//! deadlines.

pub(crate) mod attribute_list;
pub(crate) mod attribute_value;
pub(crate) mod base64;
pub(crate) mod data_urls;
pub(crate) mod deadline;
pub(crate) mod errors;
pub(crate) mod hex;
pub(crate) mod secret_fields;
pub(crate) mod secrets;
pub(crate) mod snake_case;
pub(crate) mod timestamp;
pub(crate) mod truncate;
pub(crate) mod typed_value;
