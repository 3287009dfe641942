#!/usr/bin/env python3
"""Lists every public item of the crate, a line each, from rustdoc's JSON. Standard library only.

    RUSTC_BOOTSTRAP=1 cargo rustdoc --lib --all-features -- -Z unstable-options --output-format json
    python3 .ci/public_api.py target/doc/tracing_genai.json > public-api.txt
"""
import json
import sys

crate = json.load(open(sys.argv[1]))
index = crate["index"]
lines = set()


def item(number):
    return index.get(str(number))


def generics_of(arguments):
    if not arguments:
        return ""
    if "angle_bracketed" in arguments:
        inner = arguments["angle_bracketed"]
        parts = [generic(one) for one in inner["args"]]
        for constraint in inner["constraints"]:
            binding = constraint["binding"]
            value = binding.get("equality")
            parts.append(f"{constraint['name']} = {generic(value) if value else '_'}")
        return f"<{', '.join(parts)}>" if parts else ""
    if "parenthesized" in arguments:
        inner = arguments["parenthesized"]
        result = f" -> {kind(inner['output'])}" if inner["output"] else ""
        return f"({', '.join(kind(one) for one in inner['inputs'])}){result}"
    return ""


def generic(argument):
    if argument == "infer":
        return "_"
    if "type" in argument:
        return kind(argument["type"])
    if "lifetime" in argument:
        return argument["lifetime"]
    if "const" in argument:
        return argument["const"]["expr"]
    return "_"


def path(value):
    return value["path"].split("::")[-1] + generics_of(value.get("args"))


def bound(value):
    if "trait_bound" in value:
        return path(value["trait_bound"]["trait"])
    return value.get("outlives", "use<…>")


def kind(value):
    if value is None:
        return "()"
    if isinstance(value, str):
        return value
    ((name, inner),) = value.items()
    if name == "resolved_path":
        return path(inner)
    if name in ("primitive", "generic"):
        return inner
    if name == "borrowed_ref":
        lifetime = f"{inner['lifetime']} " if inner["lifetime"] else ""
        return f"&{lifetime}{'mut ' if inner['is_mutable'] else ''}{kind(inner['type'])}"
    if name == "tuple":
        return f"({', '.join(map(kind, inner))})"
    if name == "slice":
        return f"[{kind(inner)}]"
    if name == "array":
        return f"[{kind(inner['type'])}; {inner['len']}]"
    if name == "impl_trait":
        return "impl " + " + ".join(map(bound, inner))
    if name == "dyn_trait":
        return "dyn " + " + ".join(path(one["trait"]) for one in inner["traits"])
    if name == "qualified_path":
        return f"{kind(inner['self_type'])}::{inner['name']}"
    if name == "raw_pointer":
        return f"*{kind(inner['type'])}"
    return name


def signature(function):
    inputs = ", ".join(f"{name}: {kind(one)}" for name, one in function["sig"]["inputs"])
    output = function["sig"]["output"]
    asynchronous = "async " if function["header"]["is_async"] else ""
    parameters = [one["name"] for one in function["generics"]["params"] if not one["name"].startswith("impl ")]
    shown = f"<{', '.join(parameters)}>" if parameters else ""
    return asynchronous, shown, inputs, f" -> {kind(output)}" if output else ""


def show(at, one, text):
    growable = " #[non_exhaustive]" if any("non_exhaustive" in str(attribute) for attribute in one["attrs"]) else ""
    lines.add(f"{text}{growable}")


def members(at, numbers):
    for number in numbers:
        one = item(number)
        if one:
            walk(at, one)


def walk(at, one, name=None):
    name = name or one["name"]
    ((what, inner),) = one["inner"].items()
    here = f"{at}::{name}" if name else at
    if what == "use":
        target = item(inner["id"]) if inner["id"] is not None else None
        if target is None:
            lines.add(f"pub use {at}::{inner['name']} = {inner['source']}")
        elif inner["is_glob"]:
            members(at, target["inner"]["module"]["items"])
        else:
            walk(at, target, inner["name"])
        return
    if what == "impl":
        if inner["is_synthetic"] or inner["blanket_impl"]:
            return
        if inner["trait"]:
            lines.add(f"impl {path(inner['trait'])} for {at}")
        else:
            members(at, inner["items"])
        return
    if what == "function":
        asynchronous, shown, inputs, output = signature(inner)
        show(at, one, f"pub {asynchronous}fn {here}{shown}({inputs}){output}")
    elif what == "module":
        lines.add(f"pub mod {here}")
        members(here, inner["items"])
    elif what in ("struct", "enum", "union"):
        show(at, one, f"pub {what} {here}")
        if what == "enum":
            members(here, inner["variants"])
        elif "plain" in inner["kind"] if isinstance(inner["kind"], dict) else False:
            members(here, inner["kind"]["plain"]["fields"])
        members(here, inner["impls"])
    elif what == "variant":
        show(at, one, f"{here}")
        shape = inner["kind"]
        if isinstance(shape, dict) and "struct" in shape:
            members(here, shape["struct"]["fields"])
        elif isinstance(shape, dict) and "tuple" in shape:
            fields = [item(number) for number in shape["tuple"] if number is not None]
            lines.add(f"{here}({', '.join(kind(field['inner']['struct_field']) for field in fields if field)})")
    elif what == "struct_field":
        lines.add(f"{here}: {kind(inner)}")
    elif what == "constant":
        lines.add(f"pub const {here}: {kind(inner['type'])}")
    elif what == "trait":
        show(at, one, f"pub trait {here}")
        members(here, inner["items"])
    elif what == "type_alias":
        lines.add(f"pub type {here} = {kind(inner['type'])}")
    elif what == "assoc_type":
        lines.add(f"type {here}")
    else:
        lines.add(f"pub {what} {here}")


root = item(crate["root"])
members(root["name"], root["inner"]["module"]["items"])
print("\n".join(sorted(lines)))
