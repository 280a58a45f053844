-- parameters: 'u5@x','q'
-- role: blue_app
INSERT INTO users(email,name) VALUES($1,$2) ON CONFLICT (email) DO UPDATE SET name=excluded.name
