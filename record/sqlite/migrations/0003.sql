-- Every edit kept these up, and no reader needs them. state_writing.py counts moves, once per group and not per row.
DROP INDEX products_by_state;
DROP INDEX run_products_by_product;
DROP TRIGGER products_moved;
