#!/usr/bin/env python3
"""The reference page of the targets, mappings/contracts/REFERENCE.md, from what `schema` says: reference.py PROGRAM > REFERENCE.md"""
import json
import subprocess
import sys
from decimal import Decimal

INTRODUCTION = """# Targets and their fields

Written by `make reference` from `qonduit schema TARGET`: what a record of each target may hold. A record that is outside of it rejects its
row. `{}` stands for the members of an object, `[]` for the items of a list. How contracts are written is in [README.md](README.md).
"""


def schema(program, name):
    done = subprocess.run([program, "schema", name], capture_output=True, check=True)
    return json.loads(done.stdout, parse_float=Decimal)


def cell(text):
    return " ".join(str(text).split()).replace("|", "\\|")


def type_of(field):
    kind = field.get("type", "any")
    kind = next(k for k in kind if k != "null") if isinstance(kind, list) else kind
    return f"list of {field['items'].get('type', 'any')}s" if kind == "array" and "items" in field else "list" if kind == "array" else kind


def range_of(field, least, most, unit=""):
    low, high = field.get(least), field.get(most)
    if low is not None and high is not None:
        return [f"{low} to {high}{unit}"]
    return [f"at least {low}{unit}"] if low is not None else [f"at most {high}{unit}"] if high is not None else []


def limits_of(field):
    least = field.get("minLength", 0) if field.get("minLength") != 1 else 0  # a field that is required is not empty
    found = range_of({**field, "minLength": least or None}, "minLength", "maxLength", " characters")
    found += range_of(field, "minimum", "maximum")
    found += range_of(field, "minItems", "maxItems", " items")
    if "multipleOf" in field:
        found.append(f"{len(str(field['multipleOf'])) - 2} places at most")
    if "enum" in field:
        found.append(", ".join(f"`{word}`" for word in field["enum"] if word is not None))
    if "pattern" in field:
        found.append(f"`{field['pattern']}`")
    if "not" in field:
        found.append(f"no `{field['not']['pattern']}`")
    return "; ".join(found)


def rows(holder, before=""):
    for name, field in holder.get("properties", {}).items():
        required = "yes" if name in holder.get("required", []) else ""
        yield f"| `{cell(before + name)}` | {type_of(field)} | {required} | {cell(limits_of(field))} | {cell(field.get('description', ''))} |"
        inner = field.get("items", field)
        yield from rows(inner, f"{before}{name}{'[]' if inner is not field else '{}'}.")


def page(program):
    yield INTRODUCTION
    for target in schema(program, "mapping")["$defs"]["outputs"]["properties"]:
        if target == "$comment":
            continue
        record = schema(program, target)
        yield f"## {target}\n\n{record['title']}" + (f".\n{record['description']}" if "description" in record else "") + "\n"
        fields = list(rows(record))
        if fields:
            yield "| field | type | required | limits | what the documentation says |\n| --- | --- | --- | --- | --- |"
            yield "\n".join(fields) + "\n"
        if record.get("additionalProperties", True):
            yield "Any other field is taken.\n" if fields else "Any field is taken.\n"


def main():
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    print("\n".join(page(sys.argv[1])).rstrip("\n"))


if __name__ == "__main__":
    main()
