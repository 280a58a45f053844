-- parameters: 5,10.5,repeat('x',80)
-- role: blue_app
INSERT INTO orders(user_id,total,state,note) VALUES($1,$2,'pending',$3) RETURNING id
