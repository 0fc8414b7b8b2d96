// The shipped mapping for the peers in JavaScript, by hand: records of rows, batches of 1000 into OUTPUT_FOLDER. Prices are whole
// cents, check digits are looked at, the first row of a product wins. No rejects file, no repair of encodings, no digests.
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";

const TRUE = new Set(["yes", "true", "1", "y"]);
const NO_PICTURE = "https://static.prod.qogita.com/files/images/variants/6f37ced36498c7df3a3897a9dbbb3384.jpg";
const PRICE = /^(\d+)(?:\.(\d{1,2}))?$/;
const DIRT = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
const SPACE = /\s+/g;

const clean = (text) => text.replace(DIRT, "").trim().replace(SPACE, " ");

function isGtin(text) {
	if (text.length !== 13)
		return false;
	let sum = 0;
	for (let i = 0; i < 13; i++) {
		const digit = text.charCodeAt(i) - 48;
		if (digit < 0 || digit > 9)
			return false;
		sum += i % 2 ? 3 * digit : digit;
	}
	return sum % 10 === 0;
}

export class Mapping {
	constructor(folder) {
		mkdirSync(folder, { recursive: true });
		this.folder = folder;
		this.number = 0;
		this.batch = [];
		this.seen = new Set();
	}

	header(row) {
		const at = (name) => row.indexOf(name);
		this.gtin = at("GTIN"), this.name = at("Name"), this.brand = at("Brand"), this.category = at("Category");
		this.unit = at("Unit"), this.stock = at("Total Inventory of All Offers"), this.pre = at("Is a pre-order?");
		this.delivery = at("Estimated Delivery Time (weeks)"), this.image = at("Image URL");
		this.price = row.findIndex((name) => name.endsWith("Price inc. shipping"));
		this.width = row.length;
	}

	row(row) {
		if (this.width === undefined)
			return this.header(row);
		const gtin = row[this.gtin], price = PRICE.exec(row[this.price]), name = clean(row[this.name]), brand = clean(row[this.brand]);
		if (row.length !== this.width || !isGtin(gtin) || !price || !name || !brand || this.seen.has(gtin))
			return;
		const cents = Number(price[1]) * 100 + Number((price[2] ?? "").padEnd(2, "0"));
		if (cents === 0)
			return;
		this.seen.add(gtin);
		const record = { sku: gtin, name, cost: cents / 100, upc: gtin, brand, base_price: Math.floor((cents * 135 + 50) / 100) / 100 };
		const category = clean(row[this.category]);
		if (category)
			record.category = category;
		record.active = Number(row[this.stock]) >= 1;
		record.custom1_name = "Currency";
		record.custom1_value = "EUR";
		record.custom2_name = "Pre-order";
		record.custom2_value = TRUE.has(row[this.pre].toLowerCase()) ? "Yes" : "No";
		if (row[this.delivery]) {
			record.custom3_name = "Delivery time (weeks)";
			record.custom3_value = row[this.delivery];
		}
		if (row[this.image] && row[this.image] !== NO_PICTURE)
			record.image_url = row[this.image];
		const unit = Number(row[this.unit]);
		if (unit >= 1)
			record.sales_unit = unit > 1 ? "Case" : "Piece";
		record.base_unit_of_measure = "Piece";
		record.base_units_per_sales_unit = unit;
		if (this.batch.push(record) === 1000)
			this.flush();
	}

	flush() {
		if (this.batch.length === 0)
			return;
		const file = openSync(`${this.folder}/quotiza.products-${String(++this.number).padStart(5, "0")}.json`, "w");
		writeSync(file, JSON.stringify({ products: this.batch }) + "\n");
		closeSync(file);
		this.batch = [];
	}
}
