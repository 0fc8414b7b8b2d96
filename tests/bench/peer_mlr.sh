#!/bin/sh
# peer_mlr.sh INPUT OUTPUT_FILE - the shipped mapping in Miller's language, as JSON lines. It does less than the others: no check digit,
# no repair of encodings, binary floating point for prices, the first row of a product wins, no batches.
exec mlr -S --icsv --ojsonl --no-auto-flatten --no-auto-unflatten put -q '
	filter_out = false;
	if (!($GTIN =~ "^[0-9]{13}$") || $Name == "" || $Brand == "") { filter_out = true }
	price = float($[[[5]]]);
	if (is_error(price) || price <= 0 || is_present(@seen[$GTIN])) { filter_out = true }
	if (!filter_out) {
		@seen[$GTIN] = 1;
		map r = {};
		r["sku"] = $GTIN;
		r["name"] = clean_whitespace($Name);
		r["cost"] = price;
		r["upc"] = $GTIN;
		r["brand"] = clean_whitespace($Brand);
		r["base_price"] = roundm(price * 1.35, 0.01);
		r["category"] = clean_whitespace($Category);
		r["active"] = int(${Total Inventory of All Offers}) >= 1;
		r["custom1_name"] = "Currency";
		r["custom1_value"] = "EUR";
		r["custom2_name"] = "Pre-order";
		r["custom2_value"] = ${Is a pre-order?};
		if (${Estimated Delivery Time (weeks)} != "") {
			r["custom3_name"] = "Delivery time (weeks)";
			r["custom3_value"] = ${Estimated Delivery Time (weeks)};
		}
		r["image_url"] = ${Image URL};
		unit = int($Unit);
		r["sales_unit"] = unit > 1 ? "Case" : "Piece";
		r["base_unit_of_measure"] = "Piece";
		r["base_units_per_sales_unit"] = unit;
		emit r;
	}
' "$1" >"$2"
