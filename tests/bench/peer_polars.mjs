// peer_polars.mjs FOLDER lines|batches INPUT OUTPUT_FILE - the shipped mapping in polars (nodejs-polars, installed in FOLDER). `lines` is a
// record a line, `batches` a document of 1000 records a line. It does less than the others: no check digits, no repair, no products that come
// twice, and binary floating point for prices.
import { closeSync, openSync, writeSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, kind, input, output] = process.argv.slice(2);
const pl = createRequire(`${folder}/`)("nodejs-polars");
const NO_PICTURE = "https://static.prod.qogita.com/files/images/variants/6f37ced36498c7df3a3897a9dbbb3384.jpg";

const gtin = pl.col("GTIN"), price = pl.col("€ Lowest Price inc. shipping").cast(pl.Float64), unit = pl.col("Unit").cast(pl.Int64);
const delivery = pl.col("Estimated Delivery Time (weeks)"), image = pl.col("Image URL");
const cleaned = (name) => pl.col(name).str.replaceAll("\\s+", " ").str.strip();
const there = (column) => column.isNotNull().and(column.neq(pl.lit("")));

const records = pl.readCSV(input, { inferSchemaLength: 0, quoteChar: "\"" })
	.filter(gtin.str.contains("^[0-9]{13}$").and(there(pl.col("Name"))).and(there(pl.col("Brand"))).and(price.gt(0)))
	.select(
		gtin.alias("sku"), cleaned("Name").alias("name"), price.alias("cost"), gtin.alias("upc"), cleaned("Brand").alias("brand"),
		price.mul(pl.lit(1.35)).round(2).alias("base_price"), cleaned("Category").alias("category"),
		pl.col("Total Inventory of All Offers").cast(pl.Int64).gtEq(1).alias("active"),
		pl.lit("Currency").alias("custom1_name"), pl.lit("EUR").alias("custom1_value"),
		pl.lit("Pre-order").alias("custom2_name"), pl.col("Is a pre-order?").alias("custom2_value"),
		pl.when(there(delivery)).then(pl.lit("Delivery time (weeks)")).otherwise(pl.lit(null)).alias("custom3_name"),
		pl.when(there(delivery)).then(delivery).otherwise(pl.lit(null)).alias("custom3_value"),
		pl.when(image.neq(pl.lit(NO_PICTURE))).then(image).otherwise(pl.lit(null)).alias("image_url"),
		pl.when(unit.gt(1)).then(pl.lit("Case")).otherwise(pl.lit("Piece")).alias("sales_unit"),
		pl.lit("Piece").alias("base_unit_of_measure"), unit.alias("base_units_per_sales_unit"),
	);

if (kind === "lines") {
	records.writeJSON(output, { format: "lines" });
} else {
	const file = openSync(output, "w");
	for (let at = 0; at < records.height; at += 1000) {
		writeSync(file, "{\"products\":");
		writeSync(file, records.slice(at, 1000).writeJSON({ format: "json" }));
		writeSync(file, "}\n");
	}
	closeSync(file);
}
