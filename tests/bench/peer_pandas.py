#!/usr/bin/env python3
"""The shipped mapping in pandas, 50,000 rows at a time: peer_pandas.py INPUT OUTPUT_FOLDER

It does less than the others: no check digits, no repair of encodings, no products that come twice, and binary floating point for prices.
"""
import json
import os
import sys

import pandas

NO_PICTURE = "https://static.prod.qogita.com/files/images/variants/6f37ced36498c7df3a3897a9dbbb3384.jpg"
PRICE = "€ Lowest Price inc. shipping"
DELIVERY = "Estimated Delivery Time (weeks)"


def cleaned(column):
    return column.str.replace(r"\s+", " ", regex=True).str.strip()


def mapped(rows):
    price = pandas.to_numeric(rows[PRICE])
    keep = rows["GTIN"].str.fullmatch("[0-9]{13}") & (rows["Name"] != "") & (rows["Brand"] != "") & (price > 0)
    rows, price = rows[keep], price[keep]
    unit = pandas.to_numeric(rows["Unit"])
    return pandas.DataFrame({
        "sku": rows["GTIN"], "name": cleaned(rows["Name"]), "cost": price, "upc": rows["GTIN"], "brand": cleaned(rows["Brand"]),
        "base_price": (price * 1.35).round(2), "category": cleaned(rows["Category"]),
        "active": pandas.to_numeric(rows["Total Inventory of All Offers"]) >= 1,
        "custom1_name": "Currency", "custom1_value": "EUR", "custom2_name": "Pre-order", "custom2_value": rows["Is a pre-order?"],
        "custom3_name": rows[DELIVERY].where(rows[DELIVERY] == "", "Delivery time (weeks)").replace("", None),
        "custom3_value": rows[DELIVERY].replace("", None), "image_url": rows["Image URL"].replace(NO_PICTURE, None),
        "sales_unit": (unit > 1).map({True: "Case", False: "Piece"}), "base_unit_of_measure": "Piece", "base_units_per_sales_unit": unit,
    })


def main():
    path, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    number = 0
    for rows in pandas.read_csv(path, dtype=str, keep_default_na=False, chunksize=50_000):
        records = mapped(rows).to_dict("records")
        for at in range(0, len(records), 1000):
            number += 1
            with open(f"{folder}/quotiza.products-{number:05}.json", "w", encoding="utf-8") as file:
                json.dump({"products": records[at:at + 1000]}, file, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
