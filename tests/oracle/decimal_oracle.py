#!/usr/bin/env python3
"""Compares src/base/decimal.c with Python's own exact numbers: decimal_oracle.py DRIVER [OPERATIONS].

The expected results are computed from the rules in include/qonduit/decimal.h with fractions.Fraction and
decimal.Decimal; nothing is shared with the C code. The seed is fixed, so that every run asks the same.
"""
import decimal
import random
import re
import subprocess
import sys
from fractions import Fraction

DIGITS = 38
LIMIT = 10 ** DIGITS
DIVIDE_PLACES = 12
SHOWN = 20
MODES = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_even": decimal.ROUND_HALF_EVEN,
    "up": decimal.ROUND_UP,
    "down": decimal.ROUND_DOWN,
}
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
CONTEXT = decimal.Context(prec=400, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)


def text_of(mantissa, scale):
    digits = str(abs(mantissa)).rjust(scale + 1, "0")
    if scale:
        digits = digits[:-scale] + "." + digits[-scale:]
    return "-" + digits if mantissa < 0 else digits


def trimmed(mantissa, scale):
    while scale > 0 and mantissa % 10 == 0:
        mantissa //= 10
        scale -= 1
    return mantissa, scale


def fits(mantissa, scale):
    return abs(mantissa) < LIMIT and scale <= DIGITS


def result(mantissa, scale):
    if not fits(mantissa, scale):
        mantissa, scale = trimmed(mantissa, scale)
    return text_of(mantissa, scale) if fits(mantissa, scale) else "overflow"


def split(text):
    """Mantissa and scale of the plain text of a decimal."""
    whole, _, fraction = text.partition(".")
    return int(whole + fraction), len(fraction)


def whole_number(value, mode):
    """A Fraction rounded by decimal.Decimal, which is given the exact half, third or rest that matters."""
    floor, rest = divmod(abs(value.numerator), value.denominator)
    part = Fraction(rest, value.denominator)
    stand_in = "0" if part == 0 else "0.5" if part == Fraction(1, 2) else "0.25" if part < Fraction(1, 2) else "0.75"
    number = CONTEXT.add(decimal.Decimal(floor), decimal.Decimal(stand_in))
    rounded = int(number.quantize(decimal.Decimal(1), rounding=MODES[mode], context=CONTEXT))
    return -rounded if value < 0 else rounded


def expect_parse(text):
    if not NUMBER.fullmatch(text):
        return "syntax"
    number, _, power = text.lower().partition("e")
    mantissa, scale = split(number)
    scale -= int(power or 0)
    if mantissa == 0:
        return text_of(0, scale if 0 < scale <= DIGITS else 0)
    if abs(scale) > 1000:
        return "overflow"
    return result(mantissa * 10 ** max(-scale, 0), max(scale, 0))


def expect(op, a, b):
    name, _, mode = op.partition(":")
    if name == "parse":
        return expect_parse(a)
    (m, s), (n, t) = split(a), split(b)
    x, y = Fraction(m, 10 ** s), Fraction(n, 10 ** t)
    if name in ("add", "subtract"):
        scale = max(s, t)
        value = x + y if name == "add" else x - y
        return result(int(value * 10 ** scale), scale)
    if name == "multiply":
        return result(m * n, s + t)
    if name == "divide":
        if n == 0:
            return "by_zero"
        quotient, scale = trimmed(whole_number(x / y * 10 ** DIVIDE_PLACES, "half_even"), DIVIDE_PLACES)
        return result(quotient, scale)
    if name == "round":
        rounded = whole_number(x * 10 ** n, mode)
        return text_of(rounded, n) if fits(rounded, n) else "overflow"
    if name == "step":
        if n <= 0:
            return "by_zero"
        rounded = whole_number(x / y, mode) * n
        return text_of(rounded, t) if fits(rounded, t) else "overflow"
    if name == "compare":
        return str((x > y) - (x < y))
    raise ValueError(op)


def some_mantissa(rng):
    kind = rng.random()
    if kind < 0.45:
        value = rng.randrange(10 ** rng.randint(1, 9))
    elif kind < 0.75:
        value = rng.randrange(10 ** rng.randint(1, DIGITS))
    elif kind < 0.85:
        value = LIMIT - 1 - rng.randrange(10 ** rng.randint(0, 4))
    elif kind < 0.93:
        value = max(0, 10 ** rng.randint(0, DIGITS - 1) + rng.randint(-2, 2))
    elif kind < 0.97:
        value = min(LIMIT - 1, max(0, 2 ** rng.choice((31, 32, 53, 63, 64, 96, 126)) + rng.randint(-2, 2)))
    else:
        value = rng.choice((0, 1, 5, 25, 50, 125))
    return -value if rng.random() < 0.35 else value


def some_scale(rng):
    return rng.choice((0, 1, 2, 2, 2, 3, 4, 6, 12)) if rng.random() < 0.7 else rng.randint(0, DIGITS)


def some_padded(rng):
    """A short number with as many zeros behind the point as go in."""
    mantissa, scale = rng.randrange(1, 1000), rng.randrange(3)
    while fits(mantissa * 10, scale + 1):
        mantissa, scale = mantissa * 10, scale + 1
    return text_of(mantissa, scale)


def some_number(rng):
    if rng.random() < 0.05:
        return some_padded(rng)
    text = text_of(some_mantissa(rng), some_scale(rng))
    return "-" + text if rng.random() < 0.01 and set(text) <= set("0.") else text


def some_tie(rng, places):
    """A number that lies halfway between two of `places` places, or next to it."""
    half = (rng.randrange(10 ** rng.randint(1, 12)) * 10 + 5) * 10 ** 3 + rng.choice((-1, 0, 0, 0, 1))
    return text_of(half * rng.choice((1, -1)), min(places, DIGITS - 4) + 4)


def some_text(rng):
    """What decimal_parse may meet: mostly numbers, in every spelling, with some that are none."""
    digits = "".join(rng.choice("0123456789") for _ in range(rng.choice((1, 2, 5, 17, 18, 19, 20, 37, 38, 39, 60))))
    kind = rng.random()
    if kind < 0.2:
        digits = "0" * rng.randint(0, 45) + digits
    elif kind < 0.4:
        digits += "0" * rng.randint(0, 45)
    if rng.random() < 0.7:
        at = rng.randint(0, len(digits))
        digits = digits[:at] + "." + digits[at:]
    if rng.random() < 0.3:
        exponent = rng.choice((rng.randint(-45, 45), rng.randint(-4, 4), rng.randint(-10 ** 20, 10 ** 20)))
        digits += rng.choice("eE") + rng.choice(("", "+") if exponent >= 0 else ("",)) + str(exponent)
    digits = rng.choice(("", "", "", "-", "+")) + digits
    if rng.random() < 0.1:
        at = rng.randint(0, len(digits))
        digits = digits[:at] + rng.choice(("-", "+", ".", "e", ",", "x", "\u00a0", "/", ":", "_")) + digits[at:]
    return digits


def some_operation(rng):
    kind = rng.random()
    if kind < 0.15:
        return "parse", rng.choice((some_text, some_number))(rng), ""
    if kind < 0.55:
        return rng.choice(("add", "subtract", "multiply", "divide")), some_number(rng), some_number(rng)
    if kind < 0.65:
        a = some_number(rng)
        m, s = split(a)
        near = text_of(m * 10 ** min(3, DIGITS - s) + rng.randint(-1, 1), s + min(3, DIGITS - s))
        return "compare", a, near if rng.random() < 0.5 and fits(*split(near)) else some_number(rng)
    mode = rng.choice(tuple(MODES))
    if kind < 0.85:
        places = rng.choice((0, 1, 2, 2, 3, 4)) if rng.random() < 0.7 else rng.randint(0, DIGITS)
        return "round:" + mode, some_tie(rng, places) if rng.random() < 0.4 else some_number(rng), str(places)
    step = rng.choice(("0.05", "0.10", "0.5", "1", "5", "0.99", "0.25", "10", "3"))
    if rng.random() < 0.3:
        step = some_number(rng)
    if rng.random() < 0.3 and not step.startswith("-"):
        n, t = split(step)
        tie = n * (2 * rng.randrange(10 ** 6) + 1) * 5, t + 1
        if fits(*tie):
            return "step:" + mode, text_of(*tie), step
    return "step:" + mode, some_number(rng), step


def main():
    driver = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    rng = random.Random(20261121)
    asked = [some_operation(rng) for _ in range(count)]
    lines = "".join(" ".join(part for part in line if part) + "\n" for line in asked)
    answers = subprocess.run([driver], input=lines, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    if len(answers) != count:
        sys.exit(f"{count} operations, {len(answers)} answers")
    differences = 0
    for (op, a, b), answer in zip(asked, answers):
        expected = expect(op, a, b)
        if answer != expected:
            differences += 1
            if differences <= SHOWN:
                print(f"{op} {a} {b}: found {answer}, expected {expected}")
    print(f"{count} operations, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
