#!/usr/bin/env python3
"""A workbook as text, for the eyes and for golden cases: workbook.py FILE

A line for each sheet with what is set around its cells, then a line for each row: its number, and its cells, apart by " | ". Texts
begin with an apostrophe, numbers, dates and truths stand as they are; what a cell has besides follows it in braces: its number
format, bold, a fill, where a link leads, a comment. Then the charts of the sheet.
"""
import datetime
import sys

import openpyxl


def value_text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return "'" + str(value).replace("\\", "\\\\").replace("\n", "\\n")


def cell_text(cell):
    more = []
    if cell.number_format != "General":
        more.append(cell.number_format)
    if cell.font and cell.font.bold:
        more.append("bold")
    if cell.fill and cell.fill.fill_type:
        more.append("fill " + cell.fill.fgColor.rgb[-6:])
    if cell.hyperlink:
        more.append("-> " + str(cell.hyperlink.target))
    if cell.comment:
        more.append("comment " + value_text(cell.comment.text))
    return value_text(cell.value) + (" {" + ", ".join(more) + "}" if more else "")


def chart_text(chart):
    title = "".join(run.t for p in chart.title.tx.rich.p for run in p.r or []) if chart.title else ""
    kind = type(chart).__name__.removesuffix("Chart").lower()
    kind = "column" if kind == "bar" and chart.type == "col" else kind
    at = chart.anchor._from
    lines = [f"chart {kind} '{title} at {openpyxl.utils.get_column_letter(at.col + 1)}{at.row + 1}"]
    for series in chart.series:
        categories = series.cat.strRef or series.cat.numRef
        lines.append(f"  {series.tx.strRef.f}: {series.val.numRef.f} by {categories.f}")
    return lines


def sheet_text(sheet):
    widths = " ".join(f"{letter}={dimension.width:.4g}" for letter, dimension in sorted(sheet.column_dimensions.items()))
    around = [f"frozen {sheet.freeze_panes}" if sheet.freeze_panes else "", f"filter {sheet.auto_filter.ref}" if sheet.auto_filter.ref else "",
              f"widths {widths}" if widths else ""]
    yield f"[{sheet.title}] " + ", ".join(part for part in around if part)
    for row in sheet.iter_rows():
        if any(cell.value is not None for cell in row):
            yield f"{row[0].row}: " + " | ".join(cell_text(cell) for cell in row)
    for chart in sheet._charts:
        yield from chart_text(chart)


def text_of(file):
    book = openpyxl.load_workbook(file)
    return "".join(line.rstrip() + "\n" for sheet in book for line in sheet_text(sheet))


if __name__ == "__main__":
    sys.stdout.write(text_of(sys.argv[1]))
