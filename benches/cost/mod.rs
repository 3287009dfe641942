//! The parts of `span_cost`.

pub mod call;
pub mod case;
pub mod guard;
pub mod sink;
pub mod stack;
