-- parameters: 9
-- role: blue_app
INSERT INTO orders_archive SELECT * FROM orders WHERE id=$1
