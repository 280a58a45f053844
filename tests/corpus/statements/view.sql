-- parameters:
-- role: blue_app
SELECT * FROM active_users LIMIT 5
