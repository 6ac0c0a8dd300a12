-- Limited editions: orders reserve a copy at inventory before they place.

alter table catalog.products add column limited boolean not null default false;
