//! From recorded exchanges to attributes.

mod each_recorded_exchange_has_these_attributes;
