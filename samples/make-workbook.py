#!/usr/bin/env python3
"""A workbook of a catalog, as Qogita mails it: make-workbook.py CATALOG.csv OUT.xlsx [--strings inline|shared]

One sheet, "Catalog". Article numbers and names are text; prices, units and inventories are numbers; a Product Link is a
HYPERLINK formula without a stored value, which is how the e-mailed workbooks have it. Equal input, equal bytes. Knows
nothing but the standard library, so that it is an independent witness of what a workbook is.
"""
import argparse
import csv
import zipfile
from xml.sax.saxutils import escape

NUMBERS = ("inc. shipping", "Unit", "Inventory", "(weeks)", "Offers", "Delivery Time")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def is_number(text):
    return text.replace(".", "", 1).isdigit() and text.isascii() and not (len(text) > 1 and text[0] == "0" and text[1] != ".")


class Workbook:
    def __init__(self, shared):
        self.shared = {} if shared else None
        self.rows = []

    def string(self, where, text):
        if self.shared is None:
            return f'<c r="{where}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
        return f'<c r="{where}" t="s"><v>{self.shared.setdefault(text, len(self.shared))}</v></c>'

    def cell(self, where, header, text):
        if header == "Product Link" and text.startswith("https://"):
            return f'<c r="{where}"><f>HYPERLINK("{escape(text)}", "View Product")</f></c>'
        if header.endswith(NUMBERS) and is_number(text):
            return f'<c r="{where}"><v>{text}</v></c>'
        return self.string(where, text)

    def add(self, number, headers, cells):
        made = [self.cell(f"{chr(65 + i)}{number}", headers[i] if headers and i < len(headers) else "", text)
                for i, text in enumerate(cells) if text]
        self.rows.append(f'<row r="{number}">{"".join(made)}</row>')

    def parts(self):
        strings = self.shared is not None
        yield "[Content_Types].xml", (
            f'<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/>'
            + (f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPE}.sharedStrings+xml"/>' if strings else "") + "</Types>")
        yield "_rels/.rels", (f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{RELATION}/officeDocument" '
                              'Target="xl/workbook.xml"/></Relationships>')
        yield "xl/workbook.xml", (f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets><sheet name="Catalog" sheetId="1" r:id="rId1"/>'
                                  "</sheets></workbook>")
        yield "xl/_rels/workbook.xml.rels", (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/>'
            + (f'<Relationship Id="rId2" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/>' if strings else "") + "</Relationships>")
        if strings:
            yield "xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">' + "".join(f"<si><t>{escape(s)}</t></si>" for s in self.shared) + "</sst>"
        yield "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{MAIN}"><sheetData>' + "".join(self.rows) + "</sheetData></worksheet>"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("catalog")
    arguments.add_argument("out")
    arguments.add_argument("--strings", choices=["inline", "shared"], default="shared")
    given = arguments.parse_args()

    book, headers = Workbook(given.strings == "shared"), None
    with open(given.catalog, encoding="utf-8", newline="") as file:
        for number, cells in enumerate(csv.reader(file), 1):
            book.add(number, headers, cells)
            if headers is None and "GTIN" in cells:
                headers = cells
    with zipfile.ZipFile(given.out, "w") as archive:
        for name, text in book.parts():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), (XML + text).encode(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
