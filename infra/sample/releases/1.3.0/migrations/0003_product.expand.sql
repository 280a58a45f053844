-- The mistake of this release: 1.1.0 is still there, and asks for the column by its old name.
ALTER TABLE orders RENAME COLUMN sku TO product;
