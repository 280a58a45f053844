-- parameters: '6f1c1a52-6f55-4f0e-9b6c-0d9a51f3a001'
UPDATE orders SET state = 'confirmed', confirmed_at = coalesce(confirmed_at, now())
WHERE id = $1
RETURNING id;
