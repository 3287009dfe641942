//! Where spans go.

mod destinations_come_from_the_environment;
mod environment_and_release_are_resource_attributes;
