-- parameters: '6f1c1a52-6f55-4f0e-9b6c-0d9a51f3a001', 'book-1', 2, true, 'app'
INSERT INTO orders (id, product, quantity, synthetic, channel)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO NOTHING;
