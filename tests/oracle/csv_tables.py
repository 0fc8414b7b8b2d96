#!/usr/bin/env python3
"""Compares csv_read with Python's csv module: csv_tables.py DRIVER (tests/oracle/csv_driver.c, built).

Written tables: random rows through csv.writer in several dialects must come back as they were. Raw text: a soup of
quotes, delimiters and line ends must read as csv.reader reads it in strict mode, or fail where that fails. Splits: one
table, fed in two pieces cut at each of its bytes, must give the same answer.
"""
import csv
import io
import json
import random
import subprocess
import sys

TABLES = 2000
SOUPS = 4000
WORDS = ["", "", "a", "0012", "1,5", "x;y", "5\" tube", "\"", "\"\"", " lead", "trail ", "  ", "\t", "é", "Łódź", "€", "日本", "\u200e",
         "two\nlines", "two\r\nlines", "two\rlines", "|", "'", "\u00a0", "\u2028", "\u0085", "\x00", "#", "=1+1", "n" * 300]
SOUP = ["a", "b", ",", ",", ";", "\"", "\"", "\n", "\r", "\r\n", " ", "é", "\"\"", "\"x\"", ",\"y\""]

csv.field_size_limit(1 << 20)


class Driver:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self, text, delimiter=",", quote='"', split=0):
        """Rows, their numbers and lines, and the fault or None."""
        data = text.encode()
        self.process.stdin.write(b"%d %d %d %d\n" % (ord(delimiter), ord(quote), split, len(data)) + data)
        self.process.stdin.flush()
        rows, places, fault = [], [], None
        while (line := self.process.stdout.readline()) != b"\n":
            if not line:
                sys.exit("the driver ended")
            answer = json.loads(line)
            if "fault" in answer:
                fault = answer
            else:
                rows.append(answer["cells"])
                places.append((answer["row"], answer["line"]))
        return rows, places, fault


def random_table(rng, dialect):
    # csv.writer puts a line end that is not its own into quotes only where it quotes everything
    own = dialect["lineterminator"] if dialect["quoting"] == csv.QUOTE_MINIMAL else "\r\n"
    words = [word for word in WORDS if not set(word) & set("\r\n") - set(own)]
    width = rng.choice([1, 1, 2, 3, 5, 13, 40])
    return [[rng.choice(words) for _ in range(width if rng.random() < 0.9 else rng.randint(1, 8))] for _ in range(rng.randint(0, 20))]


def random_dialect(rng):
    return {"delimiter": rng.choice(",;\t|"), "quotechar": rng.choice("\"\"\"'"), "lineterminator": rng.choice(["\n", "\r\n", "\r"]),
            "quoting": rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])}


def written(table, dialect):
    out = io.StringIO(newline="")
    csv.writer(out, **dialect).writerows(table)
    return out.getvalue()


def python_reads(text):
    """The rows that csv.reader gives, blank ones left out, or None where it fails."""
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error:
        return None


def ends(text):
    """Line ends in a text, CRLF being one."""
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def expected_places(table, dialect):
    line, places = 1, []
    for number, row in enumerate(table, 1):
        places.append((number, line))
        line += ends(written([row], dialect))
    return places


def main():
    rng, driver, differences = random.Random(20261121), Driver(sys.argv[1]), 0

    def differs(what, text, found, expected):
        nonlocal differences
        differences += 1
        if differences <= 5:
            print(f"{what}: {text!r:.2000}\n  found    {found!r:.2000}\n  expected {expected!r:.2000}")

    for _ in range(TABLES):
        dialect = random_dialect(rng)
        table = random_table(rng, dialect)
        text = written(table, dialect)
        if rng.random() < 0.3:
            text = text[:-len(dialect["lineterminator"])]
        rows, places, fault = driver.read(text, dialect["delimiter"], dialect["quotechar"], rng.randint(0, len(text)))
        if fault or rows != table or places != expected_places(table, dialect):
            differs("table", text, (fault, rows, places), (table, expected_places(table, dialect)))

    for _ in range(SOUPS):
        text = "".join(rng.choice(SOUP) for _ in range(rng.randint(1, 24)))
        rows, _, fault = driver.read(text, split=rng.randint(0, len(text)))
        if (None if fault else rows) != python_reads(text):
            differs("soup", text, (fault, rows), python_reads(text))

    text = "h,\"i\"\"j\"\r\n\"two\r\nlines\",\"\"\r\r\n\n5\" x,é\n\"\",\"q\"\"\",\"a\nb\"\r,,\n\"last\""
    whole = driver.read(text)
    splits = len(text.encode()) + 1
    for split in range(splits):
        if driver.read(text, split=split) != whole:
            differs(f"split {split}", text, driver.read(text, split=split), whole)
        cut = text.encode()[:split].decode(errors="ignore")
        rows, _, fault = driver.read(cut)
        if (None if fault else rows) != python_reads(cut):
            differs("cut", cut, (fault, rows), python_reads(cut))

    checks = TABLES + SOUPS + 2 * splits
    print(f"{TABLES} tables, {SOUPS} raw texts, {splits} splits and cuts")
    print(f"{checks - differences} passed, {differences} failed")
    print(f"{TABLES} tables, {differences} differences")
    return differences != 0


if __name__ == "__main__":
    sys.exit(main())
