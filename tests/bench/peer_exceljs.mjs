// peer_exceljs.mjs FOLDER FILE - every cell of the first sheet as a text, by the streaming reader of exceljs, which is
// installed in FOLDER. Styles and hyperlinks are left out, as that is faster. Prints how many cells and characters.
import { createRequire } from "node:module";

const [folder, file] = process.argv.slice(2);
const ExcelJS = createRequire(`${folder}/`)("exceljs");
const book = new ExcelJS.stream.xlsx.WorkbookReader(file, {
	worksheets: "emit", sharedStrings: "cache", hyperlinks: "ignore", styles: "ignore", entries: "ignore",
});
let cells = 0, characters = 0;
for await (const sheet of book) {
	for await (const row of sheet) {
		row.eachCell((cell) => {
			const value = cell.value;
			cells++;
			characters += (typeof value === "string" ? value : String(value)).length;
		});
	}
	break;
}
console.log(cells, characters);
