// peer_duckdb.mjs FOLDER lines|batches INPUT OUTPUT_FILE - the shipped mapping in DuckDB's SQL (@duckdb/node-api, installed in FOLDER).
// `lines` is a record a line, `batches` a document of 1000 records a line. It does less than the others: no check digits, no repair, no
// products that come twice. Prices are decimals, and so exact.
import { createRequire } from "node:module";

const [folder, kind, input, output] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(`${folder}/`)("@duckdb/node-api");
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const cleaned = (column) => `trim(regexp_replace("${column}", '\\s+', ' ', 'g'))`;
const NO_PICTURE = "https://static.prod.qogita.com/files/images/variants/6f37ced36498c7df3a3897a9dbbb3384.jpg";

const columns = {
	sku: `"GTIN"`, name: cleaned("Name"), cost: `CAST("€ Lowest Price inc. shipping" AS DECIMAL(18, 2))`, upc: `"GTIN"`, brand: cleaned("Brand"),
	base_price: `CAST(round(CAST("€ Lowest Price inc. shipping" AS DECIMAL(15, 2)) * CAST(1.35 AS DECIMAL(3, 2)), 2) AS DECIMAL(18, 2))`,
	category: cleaned("Category"), active: `CAST("Total Inventory of All Offers" AS INTEGER) >= 1`,
	custom1_name: `'Currency'`, custom1_value: `'EUR'`, custom2_name: `'Pre-order'`, custom2_value: `"Is a pre-order?"`,
	custom3_name: `CASE WHEN "Estimated Delivery Time (weeks)" <> '' THEN 'Delivery time (weeks)' END`,
	custom3_value: `nullif("Estimated Delivery Time (weeks)", '')`, image_url: `nullif("Image URL", ${quoted(NO_PICTURE)})`,
	sales_unit: `CASE WHEN CAST("Unit" AS INTEGER) > 1 THEN 'Case' ELSE 'Piece' END`, base_unit_of_measure: `'Piece'`,
	base_units_per_sales_unit: `CAST("Unit" AS INTEGER)`,
};
const fields = Object.entries(columns).map(([name, expression]) => `${expression} AS ${name}`).join(", ");
const rows = `SELECT ${fields} FROM read_csv(${quoted(input)}, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"')
	WHERE regexp_full_match("GTIN", '[0-9]{13}') AND "Name" <> '' AND "Brand" <> '' AND CAST("€ Lowest Price inc. shipping" AS DECIMAL(18, 2)) > 0`;
const batches = `SELECT list(record ORDER BY place) AS products FROM (SELECT place, record FROM
	(SELECT row_number() OVER () - 1 AS place, record FROM (${rows}) AS record)) GROUP BY place // 1000 ORDER BY place // 1000`;

const connection = await (await DuckDBInstance.create(":memory:")).connect();
await connection.run(`COPY (${kind === "lines" ? rows : batches}) TO ${quoted(output)} (FORMAT json)`);
