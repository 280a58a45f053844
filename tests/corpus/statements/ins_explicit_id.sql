-- parameters: 900001,5,1
-- role: blue_app
INSERT INTO orders(id,user_id,total) VALUES($1,$2,$3)
