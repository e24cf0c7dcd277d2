-- Names of competitors can be of any length, so no key holds them. An event names each once.
ALTER TABLE competitor DROP CONSTRAINT competitor_pkey;
CREATE INDEX competitor_deal ON competitor (deal, position);
