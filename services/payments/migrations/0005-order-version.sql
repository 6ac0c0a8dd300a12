-- The version of the order that a payment asks for, or a newer one that has been heard of since. A start that read the order before
-- a change finds it out here, and so does a change that comes after a start which had read it already. Null: not known, as in rows
-- of the version before; nothing is concluded from it.

alter table payments.payments add column order_version int;
