CREATE TABLE orders (
    id uuid PRIMARY KEY,
    sku text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'confirmed')),
    synthetic boolean NOT NULL DEFAULT false,
    placed_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz
);
