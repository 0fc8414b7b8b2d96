#!/usr/bin/env python3
"""run.py BUILD SECONDS - each fuzz target for so many seconds, from the seeds made here; what crashed stands in BUILD/tests/fuzz/.

Ends with "N passed, N failed"; a target passes where libFuzzer ends without a finding.
"""
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SHEET = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/worksheets/_rels/sheet1.xml.rels")
ODD = """<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row r="2"><x:c r="C2" t="s"><x:v>0</x:v></x:c>
<x:c r="A2" t="inlineStr"><x:is><x:r><x:t>a_x000D_</x:t></x:r><x:rPh><x:t>b</x:t></x:rPh></x:is></x:c><x:c t="e"><x:v>#N/A</x:v></x:c>
<x:c t="b"><x:v>1</x:v></x:c><x:c t="str"><x:f>A1</x:f><x:v/></x:c><x:c><x:f>HYPERLINK("https://e.x/","t")</x:f></x:c><x:c s="1"><x:v>60.5</x:v></x:c>
<x:c><x:v>1.1000000000000001</x:v></x:c><x:c><x:v>3.34967E+12</x:v></x:c><x:c t="d"><x:v>2026-11-21</x:v></x:c></x:row></x:sheetData>
<x:hyperlinks><x:hyperlink xmlns:r="http://purl.oclc.org/ooxml/officeDocument/relationships" ref="A2:B2" r:id="r"/></x:hyperlinks></x:worksheet>\0\
<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>x</t></si></sst>\0\
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts><numFmt numFmtId="164" formatCode="[h]:mm;@"/></numFmts>\
<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="164"/></cellXfs></styleSheet>\0\
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" TargetMode="External" \
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" Target="https://e.x/"/></Relationships>"""
JSON = ["{\"orders\":[{\"id\":7,\"total\":135.10,\"rules\":\"{\\\"type\\\":10}\",\"lines\":[{\"name\":\"Crème 日😀\",\"n\":1E-7}]},{}],\"more\":true}",
        "{\"a\":1}\n{\"a\":[null,false,true]}\n", " [ \"\\ud83d\\ude00\\u0000\\u00e9\\\\\\/\\b\" ,\r\n\t-0.5e+10 , [ ] , { } ] ", "{\"a\":1,\"b\":2,\"\\u0061\":3}"]
CSV = ["\0\0\x07\x03a,b\r\n\"c \"\"d\"\" \",\"e\nf\"\n", "\1\1@\2a;b\n5\" x;'a;b'\r\n\n\"", "\0\0\xff\0" + "\"0012\",é,\"\"\r\n" * 20 + "a\rb",
       "\2\0\x41\x40\"\"\"\"\t\"a\"x\n", "\0\0\0\1 \"a\" ,\0\n\r\n\n,\n"]
REPLIES = ["\n{\"job_id\":7,\"status\":\"completed\",\"total\":3,\"processed\":3,\"successes\":1,\"failures\":2,\"errors\":[{\"line\":2,\"sku\":\"K2\","
           "\"message\":\"bad\"},{\"message\":\"x\"}]}", "120\n{\"job_id\":\"7\",\"status\":\"processing\",\"total\":3,\"processed\":2}",
           "Sat, 21 Nov 2026 18:10:00 GMT\n{\"error\":{\"code\":\"account_not_found\",\"message\":\"m\"},\"sku\":[\"A valid text is required.\"],\"code\":\"c\"}",
           "\n{\"results\":[{\"id\":\"K1\",\"code\":\"c\",\"text\":\"t\"},{\"id\":7}],\"data\":{\"results\":[{\"id\":\"K1\",\"state\":\"OK\"},{\"id\":\"K9\"}]},\"status\":\"OK\"}",
           "\n<html>", "\n", "\n[]"]
WORDS = ["<row r=\"", "<c r=\"A1\"", " t=\"s\"", " t=\"inlineStr\"", " t=\"str\"", " t=\"e\"", " t=\"b\"", " t=\"d\"", " s=\"1\"", "<v>", "</v>", "<is><t>",
         "</t></is>", "<f>", "</f>", "HYPERLINK(", "<hyperlink ref=\"", "<![CDATA[", "]]>", "&#x", "&amp;", "_x000D_", "_xD83D__xDE00_", "<!DOCTYPE",
         "<?xml version=\"1.0\" encoding=\"UTF-16\"?>", "1E400", "9007199254740993", "XFD1048576", "mc:AlternateContent", "<rPh>", "<r><t>", "[h]:mm",
         "{\"", "\":", "[]", "{}", ",\"", "\\\\u00", "\\\\ud83d", "\\\\ude00", "\\\\\\\\", "true", "false", "null", "NaN", "-0.5e+10", "//", "\\xc3\\xa9", "\\xe2\\x82\\xac",
         "xmlns:x=\"", "xmlns=\"\"", "<?xml version=\"1.0\"?>", "]]>", "\\x0d\\x0a", "&lt;", "&#0;", "&#xD;", "</", "/>", "xml:space=\"preserve\"",
         "PK\\x01\\x02", "PK\\x03\\x04", "PK\\x05\\x06", "PK\\x06\\x06", "PK\\x06\\x07"]


def seeds(folder, target):
    folder.mkdir(parents=True, exist_ok=True)
    books = sorted((ROOT / "samples").glob("*.xlsx"))
    if target == "zip_fuzz":
        for book in books:
            (folder / book.name).write_bytes(book.read_bytes())
        return
    if target == "json_fuzz":
        for cut, text in enumerate(JSON):
            (folder / f"{cut}").write_bytes(bytes([cut + 1 | (cut % 2) << 7]) + text.encode())
        return
    if target == "xml_fuzz":
        for cut, text in enumerate(ODD.split("\0")):
            (folder / f"{cut}").write_bytes(bytes([cut * 9 + 3]) + text.encode())
        for book in books:
            with zipfile.ZipFile(book) as archive:
                for name in archive.namelist():
                    if name.endswith((".xml", ".rels")):
                        (folder / (book.name + name.replace("/", "-"))).write_bytes(bytes([len(name)]) + archive.read(name)[:6000])
        return
    if target == "mapping_fuzz":
        cases = sorted((ROOT / "tests/golden").glob("*/mapping.json")) + sorted((ROOT / "mappings").glob("*.json"))
        for number, mapping in enumerate(m for m in cases if m.stat().st_size < 6000):
            (folder / f"{number}").write_bytes(mapping.read_bytes())
        return
    if target == "reply_fuzz":
        for number in range(24): # each contract with each reply
            for at, text in enumerate(REPLIES):
                (folder / f"{number}-{at}").write_bytes(bytes([number, at % 3, 0]) + text.encode())
        return
    if target == "csv_fuzz":
        for number, text in enumerate(CSV):
            (folder / f"{number}").write_bytes(text[:4].encode("latin-1") + text[4:].encode())
        return
    (folder / "odd").write_text(ODD, encoding="utf-8")
    for book in books:
        with zipfile.ZipFile(book) as archive:
            (folder / book.name).write_bytes(b"\0".join(archive.read(p) if p in archive.namelist() else b"" for p in SHEET))


def main():
    build, seconds = Path(sys.argv[1]).resolve(), sys.argv[2]
    folder = build / "tests/fuzz"
    words = folder / "words"
    words.write_text("".join('"{}"\n'.format(w.replace('"', '\\"')) for w in WORDS))
    passed = failed = 0
    for target in sorted(p for p in folder.glob("*_fuzz") if p.is_file()):
        corpus = folder / f"{target.name}.corpus"
        seeds(corpus, target.name)
        print(f"{target.name}: {seconds} s", flush=True)
        done = subprocess.run([target, corpus, f"-max_total_time={seconds}", f"-dict={words}", "-timeout=10", "-rss_limit_mb=512", "-max_len=20000",
                               "-print_final_stats=1", f"-artifact_prefix={folder}/"], stderr=subprocess.PIPE, text=True, errors="replace")
        said = done.stderr.splitlines()
        print("\n".join(line for line in said if line.startswith("stat::number_of_executed") or line.startswith("stat::average")))
        if done.returncode:
            print("\n".join(said[-60:]))
        passed, failed = passed + (done.returncode == 0), failed + (done.returncode != 0)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
