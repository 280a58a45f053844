-- parameters: 5
-- role: blue_app
SELECT id,email,name,status FROM users WHERE id=$1
