// The rooms that targets of the wire room compile in: they are private, so their sources are taken as they are.

#[path = "../../../src/conventions.rs"]
#[allow(dead_code, reason = "a target uses a part")]
mod conventions;
#[path = "dialect.rs"]
#[allow(dead_code, reason = "a target uses a part")]
mod dialect;
#[path = "../../../src/model/mod.rs"]
#[allow(dead_code, unused_imports, reason = "a target uses a part")]
mod model;
#[path = "mod.rs"]
#[allow(dead_code, reason = "a target uses a part")]
mod support;
#[path = "../../../src/text/mod.rs"]
#[allow(dead_code, unused_imports, reason = "a target uses a part")]
mod text;
#[path = "../../../src/wire/mod.rs"]
#[allow(dead_code, unused_imports, reason = "a target uses a part")]
mod wire;
