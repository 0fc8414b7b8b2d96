#!/usr/bin/env python3
"""An invented Quotiza orders export, the same every time: make_orders.py [--lines] BYTES > FILE

Orders until there are that many bytes: one document, or with --lines an order a line. An order has one to fifteen lines of goods, and
behind them who ordered; about a third of the lines is not ASCII, a fifth has rules for a discount, which are JSON within a text.
"""
import argparse
import json
import random
import sys

PRODUCTS = ["Eau de Parfum", "Day Cream", "Hand Cream", "Shampoo", "Body Lotion", "Micellar Water", "Crème de Nuit", "Après-Shampooing",
            "Reinigungsgel für Männer", "Łagodny Żel", "Savon \"Brut\""]
BRANDS = ["Aluna", "Belmira", "Calisa", "Dorénne", "Ekori", "Fanøe", "Gavelo", "Harimi", "Jolanta", "Kazuo"]
FORMATS = ["Piece", "Box - 12 bottles", "Caja - 10 unidades", "Unidad - 1 unidad"]
NAMES = ["Juan Pérez ", "Zoë de Vries", "Anna Kowalska", "John Smith", "Łucja Żak", "Giulia Rossi"]
COMPANIES = ["Los 3 Chanchitos Inc.", "Vries & Zonen B.V.", "Kowalska Sp. z o.o.", "Smith/Sons Ltd", "Profumeria \"Da Lì\""]
STATUSES = ["approved", "approved", "approved", "open", "cancelled"]
LISTS = ["Sellantes y Silicona", "Retail EU", "Wholesale"]


def money(cents):
    """A float that JSON writes with the places it has, as the export does: 100.0, 135.5, 12.34."""
    return cents / 100


def line(rng):
    quantity, cents = rng.randint(1, 24), rng.randint(99, 25000)
    discount = rng.choice([0, 0, 0, 0, 10])
    less = cents * (100 - discount) // 100
    brand = rng.choice(BRANDS)
    rules = {"type": "percentage", "value": discount}
    return {
        "sku": f"{rng.randrange(10**12, 10**13)}", "quantity": quantity, "price": money(cents),
        "name": f"{brand} {rng.choice(PRODUCTS)} {rng.choice([30, 50, 75, 100])} ml No {rng.randint(1, 998)}", "brand": brand,
        "subtotal": money(cents * quantity), "format": rng.choice(FORMATS), "price_discounted": money(less),
        "subtotal_discounted": money(less * quantity), "discount_rules": json.dumps(rules, separators=(",", ":")) if discount else "",
        "discount": discount,
    }


def moment(rng):
    return (f"2026-{rng.randint(1, 11):02}-{rng.randint(1, 28):02}T{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
            f".{rng.randrange(1000):03}Z")


def order(rng, number):
    lines = [line(rng) for _ in range(rng.randint(1, 15))]
    created, updated = sorted((moment(rng), moment(rng)))
    who = rng.randrange(10**6)
    return {
        "id": number, "sequential_id": f"2601{number % 28 + 1:02}-{number}", "status": rng.choice(STATUSES),
        "price_list": rng.choice(LISTS), "total": round(sum(one["subtotal_discounted"] for one in lines), 2), "n_items": len(lines),
        "created_at": created, "updated_at": updated, "cart_data": lines,
        "customer_info": {"name": rng.choice(NAMES), "email": f"buyer{who}@shop{who % 977}.example", "phone": f"+1212{who:07}",
                          "company_name": rng.choice(COMPANIES)},
    }


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--lines", action="store_true")
    arguments.add_argument("bytes", type=int)
    given = arguments.parse_args()
    rng, out = random.Random(4), sys.stdout.buffer
    before, between, after = (b"", b"\n", b"\n") if given.lines else (b'{"orders":[', b",", b"]}\n")
    written, number = out.write(before), 0
    while written < given.bytes:
        number += 1
        text = json.dumps(order(rng, number), ensure_ascii=False, separators=(",", ":")).encode()
        written += out.write(between + text if number > 1 else text)
    out.write(after)


if __name__ == "__main__":
    main()
