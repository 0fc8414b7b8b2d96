// peer_sheetjs.mjs FOLDER FILE - every cell of the first sheet as a text, by SheetJS (xlsx), which is installed in
// FOLDER. It reads the whole file at once; without formulas, HTML and formatted texts, as that is faster. Prints how
// many cells and characters.
import { createRequire } from "node:module";

const [folder, file] = process.argv.slice(2);
const XLSX = createRequire(`${folder}/`)("xlsx");
const book = XLSX.readFile(file, { dense: true, cellFormula: false, cellHTML: false, cellText: false });
let cells = 0, characters = 0;
for (const row of book.Sheets[book.SheetNames[0]]) {
	for (const cell of row ?? []) {
		if (cell?.v === undefined)
			continue;
		cells++;
		characters += String(cell.v).length;
	}
}
console.log(cells, characters);
