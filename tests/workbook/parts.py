"""Workbooks by hand: a text for each part, in an archive that tells the truth about them, or lies where a test asks it to.

`book` puts a whole workbook together from what a test is about and leaves the rest to the usual parts; `row` writes rows; `archive` and
`Entry` are the ZIP below; `repeated` packs gigabytes in a blink; `ole` is the container of old and of protected Office files.
"""
import struct
import zlib
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_RELATION = "http://purl.oclc.org/ooxml/officeDocument/relationships"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# ---- the archive ----


class Entry:
    """A part of an archive. What is given by name is said instead of the truth, in both headers: method, flags, crc, packed, length;
    with `local_` in front in the part's own header alone. `data` that is already packed comes with its true `length` and `crc`."""

    def __init__(self, name, data=b"", method=zlib.DEFLATED, is_packed=False, at=None, extra=b"", attributes=0, **said):
        self.name = name.encode() if isinstance(name, str) else name
        data = data.encode() if isinstance(data, str) else data
        true = {"method": method, "flags": 0, "crc": zlib.crc32(data), "length": len(data)}
        if method == zlib.DEFLATED and not is_packed:
            packer = zlib.compressobj(6, zlib.DEFLATED, -15)
            data = packer.compress(data) + packer.flush()
        self.data, self.at, self.extra, self.attributes = data, at, extra, attributes
        self.central = {**true, "packed": len(data), **{k: v for k, v in said.items() if not k.startswith("local_")}}
        self.local = {**self.central, **{k[6:]: v for k, v in said.items() if k.startswith("local_")}}
        self.local_name = self.local.pop("name", self.name)

    def header(self):
        said = self.local
        return struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, said["flags"], said["method"], 0, 33, said["crc"], said["packed"],
                           said["length"], len(self.local_name), 0) + self.local_name

    def directory(self, at):
        said = self.central
        return struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20 | 3 << 8, 20, said["flags"], said["method"], 0, 33, said["crc"],
                           said["packed"], said["length"], len(self.name), len(self.extra), 0, 0, 0, self.attributes,
                           at) + self.name + self.extra


def end_record(count, size, at, comment=b""):
    return struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), size, at, len(comment)) + comment


def archive(entries, before=b"", comment=b""):
    """The entries in their order; one with `at` has no data of its own but points there."""
    out, directory = bytearray(before), bytearray()
    for entry in entries:
        directory += entry.directory(len(out) if entry.at is None else entry.at)
        if entry.at is None:
            out += entry.header()
            out += entry.data
    return bytes(out) + bytes(directory) + end_record(len(entries), len(directory), len(out), comment)


def repeated(head, block, times, tail, whole=False):
    """A deflated text, `head`, `times` times `block` and `tail`, packed as fast as one block; with what an Entry has to say of it.
    Its CRC is wrong, which nobody sees who refuses it on the way, unless it is to be `whole`."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(head.encode()) + packer.flush(zlib.Z_FULL_FLUSH)
    unit = packer.compress(block.encode()) + packer.flush(zlib.Z_FULL_FLUSH)  # forgets what came before: may stand anywhere
    crc = 0
    for text in ([head] + [block] * times + [tail] if whole else []):
        crc = zlib.crc32(text.encode(), crc)
    return {"data": start + unit * times + packer.compress(tail.encode()) + packer.flush(), "is_packed": True, "crc": crc,
            "length": len(head.encode()) + len(block.encode()) * times + len(tail.encode())}


# ---- the parts of a workbook ----


def relationships(*all_of_them):
    """(id, last word of the type, target[, attributes])."""
    return XML + f'<Relationships xmlns="{PACKAGE}/relationships">' + "".join(
        f'<Relationship Id="{i}" Type="{RELATION}/{word}" Target={quoteattr(target)}{" " + more[0] if more else ""}/>'
        for i, word, target, *more in all_of_them) + "</Relationships>"


def content_types(**overrides):
    """Part name (with __ for /) to the end of its type."""
    return XML + (f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
                  'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>') + "".join(
        f'<Override PartName="/{name}" ContentType="{TYPE}.{kind}+xml"/>' for name, kind in overrides.items()) + "</Types>"


def sheet(rows="", before="", after="", attributes=""):
    return (XML + f'<worksheet xmlns="{MAIN}" xmlns:r="{RELATION}"{attributes}>{before}<sheetData>{rows}</sheetData>{after}</worksheet>')


def parts_of(rows="", strings=None, styles=None, sheets=None, workbook="", replaced=None):
    """Name to text of the parts of a workbook whose one sheet is "Catalog" with these rows (or a whole worksheet), or of one with
    `sheets`: (name, rows[, state]). `strings` and `styles` stand inside <sst> and <styleSheet>, `workbook` in front of its sheets. Parts in
    `replaced` take the place of the usual ones; one that is None is left out."""
    sheets = sheets or [("Catalog", rows)]
    leads = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)]
    types = {"xl/workbook.xml": "sheet.main", **{f"xl/{target}": "worksheet" for _, _, target in leads}}
    parts = {"xl/workbook.xml": XML + f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}">{workbook}<sheets>' + "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"' + (f' state="{state[0]}"' if state else "") + "/>"
        for n, (name, _, *state) in enumerate(sheets, 1)) + "</sheets></workbook>"}
    for n, (_, content, *_) in enumerate(sheets, 1):
        whole = isinstance(content, bytes) or content.startswith("<?xml")
        parts[f"xl/worksheets/sheet{n}.xml"] = content if whole else sheet(content)
    for name, element, inside in (("sharedStrings", "sst", strings), ("styles", "styleSheet", styles)):
        if inside is not None:
            parts[f"xl/{name}.xml"] = XML + f'<{element} xmlns="{MAIN}">{inside}</{element}>'
            leads.append((f"rId{len(leads) + 1}", name, f"{name}.xml"))
            types[f"xl/{name}.xml"] = name
    parts = {"[Content_Types].xml": content_types(**types), "_rels/.rels": relationships(("rId1", "officeDocument", "xl/workbook.xml")),
             "xl/_rels/workbook.xml.rels": relationships(*leads), **parts, **(replaced or {})}
    return {name: text for name, text in parts.items() if text is not None}


def pack(parts, *entries, **more):
    """The parts as an archive; an Entry takes the place of the part of its name."""
    own = {entry.name.decode("utf-8", "replace"): entry for entry in entries}
    return archive([own.pop(name, None) or Entry(name, text) for name, text in parts.items()] + list(own.values()), **more)


def book(*arguments, **more):
    return pack(parts_of(*arguments, **more))


# ---- rows ----


class Raw(str):
    """A cell that stands as it is: its XML with REF for its place."""


def letters(column):
    text = ""
    while column >= 0:
        text, column = chr(65 + column % 26) + text, column // 26 - 1
    return text


def cell(ref, value):
    if value is None:
        return ""
    if isinstance(value, Raw):
        return value.replace("REF", ref)
    if isinstance(value, bool):
        return f'<c r="{ref}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{ref}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{ref}"><v>{value}</v></c>'


def row(number, *values):
    """A row of texts, numbers, truths, Raw cells, and None for what is not there."""
    return f'<row r="{number}">' + "".join(cell(f"{letters(n)}{number}", value) for n, value in enumerate(values)) + "</row>"


def rows(*all_of_them, first=1):
    return "".join(row(n, *values) for n, values in enumerate(all_of_them, first))


def number_formats(*codes):
    """The inside of <styleSheet>: style 0 is General, style n has the nth of these formats, a code or a number built in."""
    own = [(164 + n, code) for n, code in enumerate(codes) if isinstance(code, str)]
    ids = [164 + n if isinstance(code, str) else code for n, code in enumerate(codes)]
    formats = "".join(f'<numFmt numFmtId="{i}" formatCode={quoteattr(code)}/>' for i, code in own)
    cells = "".join(f'<xf numFmtId="{i}"/>' for i in [0, *ids])
    return (f"<numFmts>{formats}</numFmts>" if own else "") + f"<cellXfs>{cells}</cellXfs>"


# ---- what is no workbook ----


def ole(*streams):
    """An OLE container ([MS-CFB]) with empty streams of these names, up to seven: header, allocation table, directory."""
    def item(name, kind, child=0xFFFFFFFF, right=0xFFFFFFFF):
        text = name.encode("utf-16-le") + b"\0\0" if name else b""
        return struct.pack("<64sHBBIII16xI16xIQ", text, len(text), kind, 1, 0xFFFFFFFF, right, child, 0, 0xFFFFFFFE, 0)

    header = struct.pack("<8s16xHHHHH6xIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096,
                         0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0) + b"\xff" * 432
    directory = item("Root Entry", 5, child=1) + b"".join(
        item(name, 2, right=n + 1 if n < len(streams) else 0xFFFFFFFF) for n, name in enumerate(streams, 1))
    chains = [0xFFFFFFFD] + [n + 1 for n in range(1, len(directory) // 512 + (len(directory) % 512 > 0))] + [0xFFFFFFFE]
    table = struct.pack(f"<{len(chains)}I", *chains).ljust(512, b"\xff")
    return header + table + directory.ljust((len(chains) - 1) * 512, b"\0")
