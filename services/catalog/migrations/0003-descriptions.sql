-- Descriptions in other languages, by locale; the one in `description` is English. The words that are searched are those of all.

alter table catalog.products add column descriptions jsonb not null default '{}';
alter table catalog.products drop column words;
alter table catalog.products add column words tsvector
  generated always as (to_tsvector('simple', title || ' ' || genre || ' ' || description || ' ' || coalesce(descriptions->>'ru', ''))) stored;
create index products_words on catalog.products using gin (words);
