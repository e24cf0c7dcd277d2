-- As long as somebody wrote it: no key. Which event names which competitor is unique because events are.
ALTER TABLE competitor DROP CONSTRAINT competitor_pkey;
CREATE INDEX competitor_deal ON competitor (deal, position);
