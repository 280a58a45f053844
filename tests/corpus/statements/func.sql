-- parameters: 5
-- role: blue_app
SELECT order_total($1)
