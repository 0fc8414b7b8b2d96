#!/usr/bin/env python3
"""A purchase in the sandbox's Qogita from the first line to the checkout, its watchlist, the lists beside them, and what a shop's pages ask
of its Quarticon: purchase_test.py PROGRAM"""
import io
import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]
from e2e_tools import TOKEN, Case, main  # noqa: E402
import systems_test  # noqa: E402
from systems_test import CART, HEADERS, WATCHLIST  # noqa: E402

UUID = "0a1b2c3d-0000-4000-8000-000000000001"


class Purchase(Case):
    ask = systems_test.Systems.ask

    def setUp(self):
        self.s = self.sandbox()

    def json(self, method, path, body=None, status=200):
        reply, content = self.ask(self.s, method, path, body)
        self.assertEqual(reply.status, status, (method, path, content))
        return json.loads(content) if content else None

    def rows(self, path):
        import openpyxl
        reply, content = self.ask(self.s, "GET", path)
        self.assertEqual((reply.status, content[:2]), (200, b"PK"), content[:200])
        return list(openpyxl.load_workbook(io.BytesIO(content)).active.values)

    def test_a_cart_is_filled_checked_and_bought(self):
        empty = {"qid": self.json("GET", "/carts/active/")["qid"], "status": "ACTIVE", "lineCount": 0, "totalQuantity": 0}
        self.assertEqual(self.json("GET", "/carts/active/"), empty)
        lines = [self.json("POST", CART, {"gtin": f"{n}", "quantity": n}, 201) for n in (3, 5)]
        self.assertEqual(self.json("GET", "/carts/")["results"], [{**empty, "lineCount": 2, "totalQuantity": 8}])
        header, *rows = self.rows("/carts/active/?format=xlsx")
        self.assertEqual([dict(zip(header, r))["gtin"] for r in rows], ["3", "5"])

        self.json("PATCH", f"{CART}{lines[0]['qid']}/", {"quantity": 4})
        self.assertEqual(self.json("GET", "/carts/active/")["totalQuantity"], 9)
        self.assertEqual(self.json("GET", CART)["count"], 2)
        self.json("DELETE", f"{CART}{lines[1]['qid']}/", status=204)
        self.json("DELETE", f"{CART}{lines[1]['qid']}/", status=404)
        self.json("PATCH", f"{CART}{UUID}/", {"quantity": 4}, 404)
        self.assertEqual(self.json("GET", f"/carts/{UUID}/", status=404)["detail"], "Not found.")

        wanting = self.json("POST", "/checkouts/active/validate/")["errors"]
        self.assertIn("shippingAddressQid is not set.", wanting)
        self.assertEqual(self.json("POST", "/checkouts/active/complete/", status=400)["errors"], wanting)
        self.json("PATCH", "/checkouts/active/", {"shippingAddressQid": "no"}, 400)
        self.assertEqual(self.json("PATCH", "/checkouts/active/", {"shippingAddressQid": UUID})["shippingAddressQid"], UUID)
        said = self.json("PATCH", "/checkouts/active/", {"billingAddressQid": UUID, "selectedPaymentMethod": "CARD"})
        self.assertEqual(said, self.json("GET", "/checkouts/active/"))
        self.assertEqual((said["shippingAddressQid"], said["billingAddressQid"], said["selectedPaymentMethod"]), (UUID, UUID, "CARD"))
        self.assertEqual(self.json("POST", "/checkouts/active/validate/")["errors"], [])
        self.assertEqual(self.json("POST", "/checkouts/active/complete/"), {"status": "COMPLETED"})
        self.assertEqual(self.json("GET", "/carts/active/"), empty)
        self.assertEqual(self.json("POST", "/checkouts/active/complete/", status=400)["errors"], ["The cart is empty."])

    def test_a_cart_is_emptied_and_optimized(self):
        self.json("POST", CART, {"gtin": "1", "quantity": 1}, 201)
        self.assertEqual(self.json("POST", "/carts/active/empty/")["lineCount"], 0)
        self.assertEqual(self.json("POST", "/carts/active/optimize/"), self.json("GET", "/checkouts/active/"))
        self.json("POST", "/carts/active/optimize/", {"optimizerStrategy": "STANDARD"})
        self.json("POST", "/carts/active/optimize/", {"optimizerStrategy": "CHEAP"}, 400)

    def test_allocations_add_up(self):
        allocations = self.json("GET", "/carts/active/allocations/")
        self.assertEqual(allocations["count"], len(allocations["results"]))
        summary = self.json("GET", "/carts/active/allocation-summary/")
        self.assertEqual(summary["total"], sum(n for state, n in summary.items() if state != "total"))
        lines = "/carts/active/allocation-lines/"
        self.assertEqual(self.json("GET", lines)["count"], summary["total"])
        for state, n in summary.items():
            if state != "total":
                self.assertEqual(self.json("GET", f"{lines}?allocation_status={state}")["count"], n)
        for by, member in (("created_at", "createdAt"), ("allocation_status", "allocationStatus")):
            found = [line[member] for line in self.json("GET", f"{lines}?size=100&sort={by}")["results"]]
            self.assertEqual(found, sorted(found))
            self.assertEqual([line[member] for line in self.json("GET", f"{lines}?size=100&sort=-{by}")["results"]], sorted(found, reverse=True))

    def test_a_watchlist_is_kept(self):
        for gtin in ("1", "2"):
            self.json("POST", WATCHLIST, {"gtin": gtin}, 201)
        self.assertEqual(self.json("PATCH", f"{WATCHLIST}1/", {"targetPrice": "9.50", "targetQuantity": 5})["targetPrice"], "9.50")
        self.json("PATCH", f"{WATCHLIST}3/", {"targetQuantity": 5}, 404)
        header, *rows = self.rows(f"{WATCHLIST}?format=xlsx")
        self.assertEqual([(r["gtin"], r["targetPrice"]) for r in (dict(zip(header, row)) for row in rows)], [("1", "9.50"), ("2", None)])
        self.assertEqual(self.json("GET", f"{WATCHLIST}?are_targets_met=true")["count"], 0)
        self.assertEqual(self.json("GET", f"{WATCHLIST}?are_targets_met=false")["count"], 2)
        self.json("DELETE", f"{WATCHLIST}2/", status=204)
        self.json("DELETE", f"{WATCHLIST}2/", status=404)
        self.json("DELETE", WATCHLIST, status=204)
        self.assertEqual(self.json("GET", WATCHLIST)["count"], 0)

    def test_lists_and_what_is_in_them(self):
        for path, name in (("/addresses/", "qid"), ("/categories/", "slug"), ("/brands/", "slug")):
            first = self.json("GET", path)["results"][0]
            self.assertEqual(self.json("GET", f"{path}{first[name]}/"), first)
            self.json("GET", f"{path}{UUID}/", status=404)
        self.assertEqual(self.ask(self.s, "GET", "/addresses/", headers={})[0].status, 401)

    def test_a_shops_pages_ask_without_a_key(self):
        recommendation = "/store/recommendation?customer=c&placementId=p"
        reply, content = self.ask(self.s, "GET", recommendation + "&cookie=k", headers={})
        said = json.loads(content)
        self.assertEqual((reply.status, said["status"], said["placementId"]), (200, "OK", "p"))
        self.assertTrue(all(product["id"] and product["price"] for product in said["data"]))
        reply, content = self.ask(self.s, "GET", recommendation, headers={})
        self.assertIn("Either cookie or deviceId is required.", content.decode())
        self.assertEqual(json.loads(content)["status"], "ERROR")

    def test_a_contact_is_read_back(self):
        self.assertIn(TOKEN, HEADERS["x-api-key"])
        self.json("POST", "/store/contact", {"email": "a@example.com"})
        self.assertEqual(self.json("GET", "/store/contact?email=a@example.com")["data"]["email"], "a@example.com")
        reply, content = self.ask(self.s, "GET", "/store/contact?email=b@example.com")
        self.assertEqual(json.loads(content)["status"], "ERROR", reply.status)


if __name__ == "__main__":
    main()
