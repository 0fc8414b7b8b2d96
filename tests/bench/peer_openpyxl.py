#!/usr/bin/env python3
"""peer_openpyxl.py FILE - every cell of the first sheet as a text, by openpyxl's read-only mode. Prints how many cells and characters."""
import sys

import openpyxl


def main():
    book = openpyxl.load_workbook(sys.argv[1], read_only=True)
    cells = characters = 0
    for row in book.worksheets[0].iter_rows(values_only=True):
        for value in row:
            if value is not None:
                cells += 1
                characters += len(str(value))
    print(cells, characters)


if __name__ == "__main__":
    main()
