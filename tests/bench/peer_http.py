#!/usr/bin/env python3
"""peer_http.py PRICES_CSV PRICE_LIST - each price as an upsert over one kept connection, the way a script does it.

MARKETPLACE_BASE_URL and MARKETPLACE_API_TOKEN say where. No ledger: what was sent is not known after a crash. Less work than the
other side does.
"""
import csv
import http.client
import json
import os
import sys
from decimal import Decimal
from urllib.parse import urlsplit


def main():
    path, price_list = sys.argv[1:]
    base = urlsplit(os.environ["MARKETPLACE_BASE_URL"])
    headers = {"Authorization": f"Bearer {os.environ['MARKETPLACE_API_TOKEN']}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(base.hostname, base.port)
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            body = {"sku": row["SKU"], "price": f"{Decimal(row['Price']):.2f}", "price_list": price_list, "currency_type": "EUR"}
            connection.request("POST", f"{base.path}/product-prices/", json.dumps(body), headers)
            reply = connection.getresponse()
            reply.read()
            if reply.status not in (200, 201):
                sys.exit(f"{row['SKU']}: {reply.status}")


if __name__ == "__main__":
    main()
