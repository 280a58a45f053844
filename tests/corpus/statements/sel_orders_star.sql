-- parameters: 5
-- role: blue_app
SELECT * FROM orders WHERE user_id=$1
