"""Flat OpenDocument: a table as text, for LibreOffice to make a workbook of."""

SPACES = {name: f"urn:oasis:names:tc:opendocument:xmlns:{urn}:1.{0 if name != 'of' else 2}" for name, urn in (
    ("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"), ("number", "datastyle"), ("of", "of"))}
OPEN = ('<?xml version="1.0" encoding="UTF-8"?>\n<office:document ' + " ".join(f'xmlns:{name}="{uri}"' for name, uri in SPACES.items()) +
        ' xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2" '
        'office:mimetype="application/vnd.oasis.opendocument.spreadsheet">')
STYLES = """<office:automatic-styles>
<number:date-style style:name="d"><number:year number:style="long"/><number:text>-</number:text><number:month number:style="long"/>
<number:text>-</number:text><number:day number:style="long"/></number:date-style>
<number:date-style style:name="t"><number:year number:style="long"/><number:text>-</number:text><number:month number:style="long"/>
<number:text>-</number:text><number:day number:style="long"/><number:text> </number:text><number:hours number:style="long"/>
<number:text>:</number:text><number:minutes number:style="long"/></number:date-style>
<number:boolean-style style:name="b"><number:boolean/></number:boolean-style>
<style:style style:name="truth" style:family="table-cell" style:data-style-name="b"/>
<style:style style:name="date" style:family="table-cell" style:data-style-name="d"/>
<style:style style:name="moment" style:family="table-cell" style:data-style-name="t"/>
</office:automatic-styles>"""


def document(**tables):
    """Name to rows."""
    return OPEN + STYLES + "<office:body><office:spreadsheet>" + "".join(
        f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in tables.items()) + (
        "</office:spreadsheet></office:body></office:document>")


def row(*cells):
    return "<table:table-row>" + "".join(cells) + "</table:table-row>"


def cell(kind, value, style="", inside="", formula=""):
    """`kind` as OpenDocument calls it: float, date, boolean, string, which has its value inside."""
    said = f' office:value-type="{kind}"' + (f' office:{"" if kind == "float" else kind + "-"}value="{value}"' if value else "")
    style = f' table:style-name="{style}"' if style else ""
    formula = f' table:formula="of:={formula}"' if formula else ""
    return f"<table:table-cell{style}{formula}{said}>{inside}</table:table-cell>"


def text(value, **more):
    return cell("string", "", inside="".join(f"<text:p>{line}</text:p>" for line in value.split("\n")), **more)
