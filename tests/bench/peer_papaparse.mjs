// peer_papaparse.mjs FOLDER INPUT OUTPUT_FOLDER - the shipped mapping over papaparse, which is installed in FOLDER.
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { Mapping } from "./peer_mapping.mjs";

const [folder, input, output] = process.argv.slice(2);
const Papa = createRequire(`${folder}/`)("papaparse");
const mapping = new Mapping(output);
Papa.parse(createReadStream(input, { encoding: "utf8", highWaterMark: 1 << 20 }), {
	skipEmptyLines: true,
	chunk: ({ data }) => data.forEach((row) => mapping.row(row)),
	complete: () => mapping.flush(),
	error: (fault) => { throw fault; },
});
