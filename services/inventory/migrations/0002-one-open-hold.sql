-- A buyer has at most one unconfirmed hold of a product, whatever they repeat: the order that comes next stands behind it and takes
-- it over once it turns out to be the one that was placed. Such a reservation is `released` and not confirmed. Holds from before
-- have no buyer and are released by the sweep.

alter table inventory.reservations add column user_id text;
create unique index reservations_open_once on inventory.reservations (user_id, product_id) where state = 'held' and not confirmed;
create index reservations_behind on inventory.reservations (user_id, product_id) where state = 'released' and not confirmed;
