-- What a buyer holds of a product, confirmed or not: who has a copy for an open order is not given another.

create index reservations_held on inventory.reservations (user_id, product_id) where state = 'held';
