-- parameters: 5
-- role: blue_app
SELECT o.id, email, note FROM orders o JOIN users u ON u.id=o.user_id WHERE u.id=$1
