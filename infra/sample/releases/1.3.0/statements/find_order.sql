-- parameters: '6f1c1a52-6f55-4f0e-9b6c-0d9a51f3a001'
SELECT id, product, quantity, state, channel FROM orders WHERE id = $1;
