-- What stands here is shown by the contract, sold, posted and printed on a receipt: a row that one of them cannot take is refused when
-- it is written, by hand too, and not when somebody has paid for it. The lists are those of contracts/shapes/vat.ts and
-- kernel/pure/currency.ts, the developer is an owner in the ledger; a test compares.

alter table catalog.products
  add constraint products_id check (product_id ~ '^prd_[0-9a-hjkmnp-tv-z]{26}$'),
  add constraint products_slug check (slug ~ '^[a-z0-9-]+$'),
  add constraint products_title check (char_length(title) between 1 and 200),
  add constraint products_genre check (char_length(genre) between 1 and 200),
  add constraint products_description check (char_length(description) <= 2000),
  add constraint products_descriptions check (
    jsonb_typeof(descriptions) = 'object'
    and char_length(coalesce(descriptions->>'ru', '')) <= 2000
    and char_length(coalesce(descriptions->>'en', '')) <= 2000),
  add constraint products_developer check (developer_id ~ '^[A-Za-z0-9_.-]{1,64}$'),
  add constraint products_tax_code check (tax_code in (
    'none', 'vat0', 'vat5', 'vat7', 'vat10', 'vat20', 'vat22', 'vat105', 'vat107', 'vat110', 'vat120', 'vat122'));

alter table catalog.prices
  add constraint prices_amount check (amount_minor <= 9007199254740991),
  add constraint prices_currency check (currency in (
      'AED', 'AFN', 'ALL', 'AMD', 'AOA', 'ARS', 'AUD', 'AWG', 'AZN', 'BAM', 'BBD', 'BDT', 'BHD', 'BIF', 'BMD', 'BND', 'BOB',
      'BOV', 'BRL', 'BSD', 'BTN', 'BWP', 'BYN', 'BZD', 'CAD', 'CDF', 'CHE', 'CHF', 'CHW', 'CLF', 'CLP', 'CNY', 'COP', 'COU',
      'CRC', 'CUP', 'CVE', 'CZK', 'DJF', 'DKK', 'DOP', 'DZD', 'EGP', 'ERN', 'ETB', 'EUR', 'FJD', 'FKP', 'GBP', 'GEL', 'GHS',
      'GIP', 'GMD', 'GNF', 'GTQ', 'GYD', 'HKD', 'HNL', 'HTG', 'HUF', 'IDR', 'ILS', 'INR', 'IQD', 'IRR', 'ISK', 'JMD', 'JOD',
      'JPY', 'KES', 'KGS', 'KHR', 'KMF', 'KPW', 'KRW', 'KWD', 'KYD', 'KZT', 'LAK', 'LBP', 'LKR', 'LRD', 'LSL', 'LYD', 'MAD',
      'MDL', 'MGA', 'MKD', 'MMK', 'MNT', 'MOP', 'MRU', 'MUR', 'MVR', 'MWK', 'MXN', 'MXV', 'MYR', 'MZN', 'NAD', 'NGN', 'NIO',
      'NOK', 'NPR', 'NZD', 'OMR', 'PAB', 'PEN', 'PGK', 'PHP', 'PKR', 'PLN', 'PYG', 'QAR', 'RON', 'RSD', 'RUB', 'RWF', 'SAR',
      'SBD', 'SCR', 'SDG', 'SEK', 'SGD', 'SHP', 'SLE', 'SOS', 'SRD', 'SSP', 'STN', 'SVC', 'SYP', 'SZL', 'THB', 'TJS', 'TMT',
      'TND', 'TOP', 'TRY', 'TTD', 'TWD', 'TZS', 'UAH', 'UGX', 'USD', 'USN', 'UYI', 'UYU', 'UYW', 'UZS', 'VED', 'VES', 'VND',
      'VUV', 'WST', 'XAD', 'XAF', 'XCD', 'XCG', 'XOF', 'XPF', 'YER', 'ZAR', 'ZMW', 'ZWG'));

alter table catalog.promotions
  add constraint promotions_name check (char_length(name) between 1 and 200);
