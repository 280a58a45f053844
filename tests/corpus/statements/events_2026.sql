-- parameters: 1,'2026-03-01','b'
-- role: blue_app
INSERT INTO events VALUES($1,$2,$3)
