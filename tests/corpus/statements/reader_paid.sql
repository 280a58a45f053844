-- parameters:
-- role: blue_app
SELECT count(*) FROM orders WHERE state='paid'
