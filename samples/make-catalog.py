#!/usr/bin/env python3
"""An invented Qogita catalog export, the same every time: make-catalog.py [--rows N] [--quote all] [--bad] [--variant A…E] > FILE

Variants are the forms that the export has had (see README.md). Names of brands and products are made of syllables. 15 % of the
names need quotes or have them without need, about 35 % of the rows are not ASCII, a tenth is out of stock, prices have one or two
places. --bad sprinkles rows that must be rejected or that say the same product twice. --quote all puts every field in quotes, as
the export itself does.
"""
import argparse
import random
import sys

SYLLABLES = "al au be bri ca cel da del el en fa fi ga gre ha hel i jo ka kor la li lu ma mi mo na nel no o pa pri ra ri sa sel ta tri u va vel zo".split()
ACCENTED = ["é", "è", "ö", "ü", "å", "ø", "ç", "ñ", "ł", "č", "à", "ï"]
PRODUCTS = ["Eau de Parfum", "Eau de Toilette", "Day Cream", "Night Cream", "Hand Cream", "Lip Balm", "Shampoo", "Conditioner", "Hair Mask",
            "Body Lotion", "Shower Gel", "Nail Polish", "Mascara", "Foundation", "Eyeliner", "Face Serum", "Toothpaste", "Deodorant", "Soap Bar",
            "Bath Salt", "Sun Lotion", "Micellar Water", "Cleansing Foam", "Beard Oil"]
ACCENTED_PRODUCTS = ["Crème de Nuit", "Crème Légère", "Gel à Raser", "Après-Shampooing", "Brûlée Body Butter", "Reinigungsgel für Männer",
                     "Łagodny Żel", "Crème – Réparation®", "Fond de Teint Éclat", "Sérum Beauté™"]
CATEGORIES = ["Fragrance", "Face Care", "Hand Care", "Lip Care", "Hair Care", "Body Care", "Nail Polish", "Make-up", "Oral Care", "Sun Care"]
SIZES = ["30 ml", "50 ml", "75 ml", "100 ml", "150 ml", "200 ml", "250 ml", "12 g", "2 x 50 ml"]

FIRST = ["GTIN", "Name", "Category", "Brand"]
OFFERS = ["Number of Offers", "Total Inventory of All Offers"]
VARIANTS = {
    "A": FIRST + ["€ Lowest Price inc. shipping", "Unit", "Lowest Priced Offer Inventory", "Is a pre-order?",
                  "Estimated Delivery Time (weeks)"] + OFFERS + ["Product URL", "Image URL"],
    "B": FIRST + ["£ Lowest Price inc. shipping", "Unit", "Lowest Priced Offer Inventory", "Is a pre-order?",
                  "Estimated Delivery Time (weeks)"] + OFFERS + ["Product Link", "Image URL"],
    "C": FIRST + ["€ Lowest Price inc. shipping", "Unit", "Lowest Priced Offer Inventory", "Is a pre-order?",
                  "Estimated Delivery Time (weeks)"] + OFFERS + ["Product Link"],
    "D": FIRST + ["€ Price inc. shipping", "Unit", "Inventory", "Is a pre-order?", "Estimated Delivery Time (weeks)", "Product URL", "Image URL"],
    "E": FIRST + ["$ Lowest Price inc. shipping", "Unit", "Lowest Priced Offer Inventory", "Has Extended Delivery Time",
                  "Expected Delivery Time"] + OFFERS + ["Product URL", "Image URL"],
}
PREAMBLE = ["Qogita Catalog", "Catalog As Of 2026-11-21T06-00-00",
            "For Illustrative Purposes Only: prices, stock and delivery times may differ in a cart."]


def with_check_digit(digits):
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits))
    return digits + str(-total % 10)


def brands(rng):
    made = []
    while len(made) < 400:
        word = "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 3)))
        if rng.random() < 0.12:
            at = rng.randrange(1, len(word))
            word = word[:at] + rng.choice(ACCENTED) + word[at:]
        made.append(word.capitalize())
    return made


def name_of(rng, brand):
    accented = rng.random() < 0.26
    name = f"{brand} {rng.choice(ACCENTED_PRODUCTS if accented else PRODUCTS)}"
    kind = rng.random()
    if kind < 0.09:
        return f"{name}, {rng.choice(SIZES)}", True
    if kind < 0.13:
        return f"{name} \"{rng.choice(SYLLABLES).capitalize()}\" {rng.choice(SIZES)}", True
    return f"{name} {rng.choice(SIZES)} No {rng.randrange(1, 999)}", kind < 0.15


def product(rng, number, names):
    """One row as a dict of all columns that any variant has."""
    brand = rng.choice(names)
    # Numbers that begin with 2 (or 02, or 2 in eight digits) are for use inside a shop: no product on sale has one.
    prefix = rng.random()
    if prefix < 0.0025:
        gtin = with_check_digit(f"00000{2000000 + number % 1000000:07}")
    elif prefix < 0.1:
        gtin = with_check_digit(f"02{number:010}")
    else:
        gtin = with_check_digit(f"211{number:09}")
    name, quoted = name_of(rng, brand)
    whole, cents = int(min(rng.lognormvariate(2.2, 0.9), 900)), rng.randrange(100)
    price = f"{whole}.{cents:02}"
    if whole == 0 and cents == 0:
        price = "0.05"
    elif price.endswith("0"):
        price = price[:-1]
    unit = rng.choice([1, 1, 1, 1, 6, 12, 24, 120])
    stock = 0 if rng.random() < 0.1 else unit * rng.randint(1, 200)
    pre_order = rng.random() < 0.04
    fid = f"{rng.getrandbits(128):032x}"
    slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower())
    return {
        "GTIN": gtin, "Name": name, "Category": rng.choice(CATEGORIES), "Brand": brand, "price": price, "Unit": str(unit),
        "Lowest Priced Offer Inventory": str(min(stock, unit * rng.randint(1, 20)) if stock else 0), "Inventory": str(stock),
        "Is a pre-order?": "Yes" if pre_order else "No", "Has Extended Delivery Time": "Yes" if pre_order else "No",
        "Estimated Delivery Time (weeks)": str(rng.randint(2, 12)) if pre_order else "",
        "Expected Delivery Time": str(rng.randint(2, 12)) if pre_order else "",
        "Number of Offers": str(rng.randint(1, 9) if stock else 0), "Total Inventory of All Offers": str(stock),
        "Product URL": f"https://www.qogita.com/products/{fid}/{slug}/", "Product Link": f"https://api.qogita.com/variants/link/{gtin}/",
        "Image URL": f"https://static.prod.qogita.com/files/images/variants/{rng.getrandbits(128):032x}.jpg", "quoted": quoted,
    }


def spoil(rng, row, kind, before):
    """Makes a row bad in one way, or the second of its product."""
    if kind == "check digit":
        row["GTIN"] = row["GTIN"][:-1] + str((int(row["GTIN"][-1]) + rng.randint(1, 9)) % 10)
    elif kind == "scientific":
        row["GTIN"] = f"{int(row['GTIN']):.5E}"
    elif kind == "no name":
        row["Name"] = ""
    elif kind == "no brand":
        row["Brand"] = ""
    elif kind == "no price":
        row["price"] = "n/a"
    elif kind == "grouped price":
        row["price"] = "1,234.50"
    elif kind == "free":
        row["price"] = "0.00"
    elif kind == "ragged":
        row["cells"] = rng.choice([5, 9, 12])
    else:
        row.update({k: before[k] for k in ("GTIN", "Name", "Brand", "quoted")})
        row["price"] = f"{float(before['price']) + 5:.2f}" if kind == "dearer again" else "0.01"


BAD = ["check digit", "scientific", "no name", "no brand", "no price", "grouped price", "free", "ragged", "dearer again", "cheaper again"]


def line_of(header, row, quote_all):
    cells = []
    for column in header[:row.get("cells")]:
        cell = row["price"] if column.endswith("inc. shipping") else row[column]
        if quote_all or any(c in cell for c in ',"\n') or (column == "Name" and row["quoted"]):
            cell = '"' + cell.replace('"', '""') + '"'
        cells.append(cell)
    return ",".join(cells) + "\n"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=3000)
    arguments.add_argument("--quote", choices=["needed", "all"], default="needed")
    arguments.add_argument("--bad", action="store_true")
    arguments.add_argument("--variant", choices=VARIANTS, default="A")
    given = arguments.parse_args()

    rng = random.Random(f"qonduit {given.variant}")
    names = brands(rng)
    header = VARIANTS[given.variant]
    quote_all = given.quote == "all"
    write = open(sys.stdout.fileno(), "w", encoding="utf-8", newline="", buffering=1 << 20).write
    if given.variant == "C":
        write("".join(line + "," * (len(header) - 1) + "\n" for line in (f'"{p}"' if "," in p else p for p in PREAMBLE)))
    write(",".join(f'"{c}"' if quote_all else c for c in header) + "\n")
    before = None
    for number in range(1, given.rows + 1):
        row = product(rng, number, names)
        if given.bad and number % 60 == 0:
            spoil(rng, row, BAD[number // 60 % len(BAD)], before)
        write(line_of(header, row, quote_all))
        before = row


if __name__ == "__main__":
    main()
