"""Reports about the products of a run or a shop, as HTML, CSV or JSON."""
