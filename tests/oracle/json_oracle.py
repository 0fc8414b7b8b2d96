#!/usr/bin/env python3
"""Compares json_pull with Python's json module: json_oracle.py DRIVER (tests/oracle/json_driver.c, built).

Random values, written in random ways, and the same with a few bytes changed, must get the same verdict and the same content: text for text,
number for number as written. Known differences, all on purpose: Python takes lone surrogates and, unless told otherwise, NaN and keys that
stand twice. The place of a fault must be within the text. The seed is fixed.
"""
import json
import random
import subprocess
import sys
from collections import namedtuple

DOCUMENTS = 3000      # as they are written
MUTATIONS = 18000     # a few bytes of them changed
SOUPS = 8000          # pieces of JSON in any order
STREAMS = 1000        # documents after each other
SHOWN = 10

WORDS = ["", "a", "id", "sku", "price", "Crème", "Łódź", "日本語", "😀", "a\"b", "\\", "/", "\n", "\t\r\b\f", "\x00", "\x1f", "\x7f", "\u2028", "\ufeff",
         "\ufffe", "\U0010ffff", " lead", "x" * 30, "{\"type\":\"percentage\",\"value\":10}", "'", "\u00a0"]
NUMBERS = ["0", "-0", "1", "135.10", "1E-7", "9007199254740993", "-1.5e+300", "1e400", "0.00", "12345678901234567890123", "10", "0e0", "7.0E+1"]
BLANKS = ["", "", "", "", " ", "\n", "\t", "\r\n", "  "]
PIECES = ["{", "}", "[", "]", ":", ",", "\"", "\"a\"", "\"\\u", "\\ud83d", "\\ude00\"", "0", "1", "-", ".", "e", "E+", "true", "false", "null", "NaN", "Infinity",
          " ", "\n", "\f", "\\", "/*", "//", "'", "é", "\x00", "\ufeff", "\"a\":1", "{}", "[]", "[1,", "{\"b\":", "12", "01"]
BYTES = b"{}[]:,\"\\/ \n\t\r\x0c\x00\x1f\x7f\x80\xbf\xc2\xc3\xe2\xed\xef\xf0\xf4\xff019.eE+-tfnuabN'"

Number = namedtuple("Number", "text")
Request = namedtuple("Request", "text many tree split")


class Twice(ValueError):
    pass


def some_number(rng):
    if rng.random() < 0.5:
        return rng.choice(NUMBERS)
    return str(rng.randint(-10 ** rng.randint(1, 25), 10 ** 9)) + rng.choice(["", "", f".{rng.randint(0, 999):03}", f"e{rng.randint(-400, 400)}"])


def some_value(rng, depth=0):
    kind = rng.random()
    if depth > 4 or kind < 0.35:
        return rng.choice([lambda: rng.choice([True, False, None]), lambda: Number(some_number(rng)), lambda: some_text(rng)])()
    if kind < 0.65:
        return [some_value(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    return {some_text(rng) if rng.random() < 0.8 else f"k{i}": some_value(rng, depth + 1) for i in range(rng.randint(0, 4))}


def some_text(rng):
    return "".join(rng.choice(WORDS) for _ in range(rng.choice([1, 1, 1, 2, 4])))


def escaped(rng, character):
    """A character of a string as one of the ways to write it."""
    must = character in "\"\\" or character < " "
    if not must and rng.random() < 0.93:
        return character
    short = {"\"": "\\\"", "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    if character in short and rng.random() < 0.7:
        return short[character]
    units = character.encode("utf-16-be")
    form = rng.choice(["\\u%04x", "\\u%04X"])
    return "".join(form % int.from_bytes(units[i:i + 2], "big") for i in range(0, len(units), 2))


def written(rng, value):
    blank = lambda: rng.choice(BLANKS)
    if isinstance(value, Number):
        return value.text
    if isinstance(value, str):
        return "\"" + "".join(escaped(rng, c) for c in value) + "\""
    if isinstance(value, dict):
        inner = ",".join(blank() + written(rng, k) + blank() + ":" + blank() + written(rng, v) + blank() for k, v in value.items())
        return "{" + (inner or blank()) + "}"
    if isinstance(value, list):
        return "[" + (",".join(blank() + written(rng, v) + blank() for v in value) or blank()) + "]"
    return {True: "true", False: "false", None: "null"}[value]


def mutated(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at = rng.randint(0, len(data))
        kind = rng.random()
        if kind < 0.3:
            del data[at:at + rng.choice([1, 1, 2, 5])]
        elif kind < 0.6:
            data[at:at] = bytes([rng.choice(BYTES)])
        elif kind < 0.8:
            data[at:at + 1] = bytes([rng.choice(BYTES)])
        elif kind < 0.9:
            other = rng.randint(0, len(data))
            data[at:at] = data[other:other + rng.randint(1, 12)]
        else:
            del data[at:]
    return bytes(data)


def compact(value):
    """As json_write writes it."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(compact(k) + ":" + compact(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def once(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Twice
    return members


def refuse(word):
    raise ValueError(word)


def python_reads(data):
    """The value as compact JSON, or the kind of the fault: syntax, twice, half."""
    try:
        text = compact(json.loads(data.decode("utf-8"), parse_constant=refuse, parse_int=Number, parse_float=Number, object_pairs_hook=once))
        text.encode("utf-8")
        return text
    except Twice:
        return "!twice"
    except UnicodeEncodeError:
        return "!half"
    except ValueError:
        return "!syntax"


def agrees(found, expected, data):
    if not found.startswith("!"):
        return found == expected
    code, place = found[1:].split(" ")[:2]
    line, column = map(int, place.split(":"))
    if not 1 <= line <= data.count(b"\n") + 1 or not 1 <= column <= len(data.split(b"\n")[line - 1]) + 1:
        return False
    if expected == "!half":
        return "half of one" in found
    if expected == "!twice":
        return code == "json.duplicate_key" or b"\\u" in data
    return expected == "!syntax" and code in ("json.syntax", "json.unclosed")


def requests(rng):
    """Each with what Python says of it."""
    def request(data, many=False, tree=True):
        return Request(data, many, tree, rng.randint(0, len(data)))

    documents = []
    for _ in range(DOCUMENTS):
        value = some_value(rng)
        data = (rng.choice(BLANKS) + written(rng, value) + rng.choice(BLANKS)).encode()
        documents.append((data, compact(value) + "\t"))
        yield request(data, tree=rng.random() < 0.5), documents[-1][1]
    for _ in range(MUTATIONS):
        yield request(mutated(rng, rng.choice(documents)[0])), None
    for _ in range(SOUPS):
        yield request("".join(rng.choice(PIECES) for _ in range(rng.randint(1, 9))).encode()), None
    for _ in range(STREAMS):
        chosen = [rng.choice(documents) for _ in range(rng.randint(0, 4))]
        yield request(b"\n".join(d for d, _ in chosen), many=True, tree=rng.random() < 0.5), "".join(e for _, e in chosen)


def main():
    rng = random.Random(20261121)
    asked = list(requests(rng))
    whole = b"".join(b"%d %d %d %d\n%s" % (r.many, r.tree, r.split, len(r.text), r.text) for r, _ in asked)
    answers = subprocess.run([sys.argv[1]], input=whole, stdout=subprocess.PIPE, check=True).stdout.decode("utf-8", "surrogateescape").split("\n")
    if len(answers) != len(asked) + 1:
        sys.exit(f"{len(asked)} texts, {len(answers) - 1} answers")
    differences = accepted = 0
    for (request, expected), found in zip(asked, answers):
        if expected is None:
            expected = python_reads(request.text)
            expected += "" if expected.startswith("!") else "\t"
        accepted += not found.startswith("!")
        if not agrees(found, expected, request.text):
            differences += 1
            if differences <= SHOWN:
                print(f"{request}\n  found    {found!r:.500}\n  expected {expected!r:.500}")
    print(f"{len(asked)} texts, {accepted} accepted, {differences} differences")
    print(f"{len(asked) - differences} passed, {differences} failed")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
