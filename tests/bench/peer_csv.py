#!/usr/bin/env python3
"""The shipped mapping as a competent Python programmer would write it by hand: peer_csv.py INPUT OUTPUT_FOLDER

Exact, as the program under test: prices are whole cents, which is the fastest honest way,
check digits are looked at, text is repaired and cleaned only where a quick look says that it may need it, the cheapest of several rows
of one product is kept (a second pass, only where a later row was cheaper). No rejects file, no origins, no digests: less work than the
other side does.
"""
import csv
import json
import os
import re
import sys

SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "â‚¬": "EUR", "Â£": "GBP"}
TRUE = {"yes", "true", "1", "y"}
FALSE = {"no", "false", "0", "n"}
TWICE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u02dc\u2013-\u2122]")
DIRT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
NO_PICTURE = "https://static.prod.qogita.com/files/images/variants/6f37ced36498c7df3a3897a9dbbb3384.jpg"
MARGIN = 135  # per cent
PRICE = re.compile(r"\d+(?:\.\d{1,2})?")


def clean(text):
    if not text.isascii():
        if TWICE.search(text):
            try:
                text = text.encode("latin-1").decode("utf-8")
            except UnicodeError:
                pass
        text = DIRT.sub("", text)
    elif not text.isprintable():
        text = DIRT.sub("", text)
    return " ".join(text.split())


def gtin_of(text):
    text = text.strip().lstrip("'")
    if len(text) in (8, 12):
        text = text.zfill(13)
    # The code of "0" times the weights is 1200 for thirteen digits, so that the codes may be summed as they are.
    digits = text.encode()
    if len(digits) == 13 and text.isdigit() and (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0:
        return text
    return None


def cents_of(text):
    if not PRICE.fullmatch(text):
        return None
    whole, _, places = text.partition(".")
    return int(whole) * 100 + int((places + "00")[:2])


def column(header, *names):
    return next((header.index(n) for n in names if n in header), None)


def records(path, winners, cheaper):
    """Yields records; `winners` (gtin: cents) is None on the first pass, and `cheaper` is then told of a later, cheaper row."""
    seen = {}
    rejected = 0
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        header = next(row for row in rows if "GTIN" in row)
        width = len(header)
        gtin_at, name_at, brand_at = (header.index(n) for n in ("GTIN", "Name", "Brand"))
        price_at = next(i for i, h in enumerate(header) if h.endswith("Price inc. shipping"))
        currency = SIGNS.get(header[price_at].split(" ")[0], header[price_at][:3])
        category_at = column(header, "Category")
        unit_at = column(header, "Unit")
        stock_at = column(header, "Total Inventory of All Offers", "Inventory")
        pre_at = column(header, "Is a pre-order?", "Has Extended Delivery Time")
        delivery_at = column(header, "Estimated Delivery Time (weeks)", "Expected Delivery Time")
        image_at = column(header, "Image URL")
        for row in rows:
            if len(row) != width:
                rejected += 1
                continue
            gtin, cents = gtin_of(row[gtin_at]), cents_of(row[price_at])
            name, brand = clean(row[name_at]), clean(row[brand_at])
            stock = row[stock_at] or "0"
            unit = row[unit_at] if unit_at is not None else ""
            pre_order = row[pre_at].lower() if pre_at is not None else ""
            if not gtin or cents is None or not name or not brand or not stock.isdigit() or (unit and not unit.isdigit()) or \
                    (pre_order and pre_order not in TRUE and pre_order not in FALSE):
                rejected += 1
                continue
            if cents == 0:
                continue
            if winners is None:
                before = seen.get(gtin)
                if before is not None:
                    if cents < before:
                        seen[gtin] = cents
                        cheaper.append(gtin)
                    continue
                seen[gtin] = cents
            elif winners.get(gtin) != cents:
                continue
            else:
                del winners[gtin]
            base = (cents * MARGIN + 50) // 100
            record = {"sku": gtin, "name": name[:255], "cost": cents / 100, "upc": gtin, "brand": brand, "base_price": base / 100}
            if category_at is not None:
                category = clean(row[category_at])
                if category:
                    record["category"] = category
            record["active"] = int(stock) >= 1
            record["custom1_name"] = "Currency"
            record["custom1_value"] = currency
            if pre_order:
                record["custom2_name"] = "Pre-order"
                record["custom2_value"] = "Yes" if pre_order in TRUE else "No"
            if delivery_at is not None and row[delivery_at]:
                record["custom3_name"] = "Delivery time (weeks)"
                record["custom3_value"] = row[delivery_at]
            if image_at is not None and row[image_at] and row[image_at] != NO_PICTURE:
                record["image_url"] = row[image_at]
            if unit:
                pieces = int(unit)
                if pieces >= 1:
                    record["sales_unit"] = "Case" if pieces > 1 else "Piece"
                record["base_unit_of_measure"] = "Piece"
                record["base_units_per_sales_unit"] = pieces
            yield record
    if winners is None and cheaper:
        cheaper[:] = [seen]


def write(folder, records_in_order):
    os.makedirs(folder, exist_ok=True)
    number = 0
    batch = []

    def flush():
        nonlocal number
        number += 1
        with open(f"{folder}/quotiza.products-{number:05}.json", "w", encoding="utf-8") as file:
            file.write(json.dumps({"products": batch}, ensure_ascii=False, separators=(",", ":")))
            file.write("\n")
        batch.clear()

    for record in records_in_order:
        batch.append(record)
        if len(batch) == 1000:
            flush()
    if batch:
        flush()


def main():
    path, folder = sys.argv[1:]
    cheaper = []
    write(folder, records(path, None, cheaper))
    if cheaper:
        write(folder, records(path, cheaper[0], None))


if __name__ == "__main__":
    main()
