-- parameters: 7,'zz'
-- role: blue_app
UPDATE users SET name=$2 WHERE id=$1
