-- Every edit kept these up, and no reader needs them.
DROP INDEX products_by_state;
DROP INDEX run_products_by_product;
