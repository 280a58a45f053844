-- parameters: 'new1@x','name 5'
-- role: blue_app
INSERT INTO users(email,name) VALUES($1,$2) RETURNING id
