-- parameters: '6f1c1a52-6f55-4f0e-9b6c-0d9a51f3a001', 'book-1', 2, true
INSERT INTO orders (id, sku, quantity, synthetic)
VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO NOTHING;
