// peer_csvparse.mjs FOLDER INPUT OUTPUT_FOLDER - the shipped mapping over csv-parse, streaming, which is installed in FOLDER.
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { Mapping } from "./peer_mapping.mjs";

const [folder, input, output] = process.argv.slice(2);
const { parse } = createRequire(`${folder}/`)("csv-parse");
const mapping = new Mapping(output);
const rows = createReadStream(input, { highWaterMark: 1 << 20 }).pipe(parse({ bom: true, relax_column_count: true }));
rows.on("data", (row) => mapping.row(row));
rows.on("end", () => mapping.flush());
