DROP TABLE api_key_stragglers;
