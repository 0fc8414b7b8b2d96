#!/usr/bin/env python3
"""peer_curl.py PRICES_CSV PRICE_LIST CONFIG - each price as an upsert by `curl -Z`, 32 at a time, from a config file that is made first.

MARKETPLACE_BASE_URL and MARKETPLACE_API_TOKEN say where. No ledger, no retries, and the replies are not looked at.
"""
import csv
import json
import os
import subprocess
import sys


def main():
    path, price_list, config = sys.argv[1:]
    url = f"{os.environ['MARKETPLACE_BASE_URL']}/product-prices/"
    with open(path, encoding="utf-8", newline="") as prices, open(config, "w", encoding="utf-8") as to:
        for number, row in enumerate(csv.DictReader(prices)):
            body = json.dumps({"sku": row["SKU"], "price": row["Price"], "price_list": price_list, "currency_type": "EUR"})
            quoted = body.replace("\\", "\\\\").replace('"', '\\"')
            to.write(("next\n" if number else "") + f'url = "{url}"\nheader = "Authorization: Bearer {os.environ["MARKETPLACE_API_TOKEN"]}"\n'
                     f'header = "Content-Type: application/json"\ndata = "{quoted}"\noutput = "/dev/null"\n')
    subprocess.run(["curl", "--silent", "--parallel", "--parallel-max", "32", "--config", config], stderr=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main()
