//! Where spans go.

mod an_authority_of_ones_own_is_trusted;
mod destinations_come_from_the_environment;
mod environment_and_release_are_resource_attributes;
mod langfuse_is_recognised_by_its_endpoint;
