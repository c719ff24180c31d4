-- Where an endpoint comes from: somebody made it, or a payment named its address.
--
-- The release before this one goes on beside it: it does not know the column. What it creates gets the default, which is what it does;
-- what it changes keeps its origin. One that payments name wants no event types, which that release reads as it reads any: it publishes
-- nothing to it, sends what waits for it, and shows it without types. Types that it is given there are passed over by this release.
-- Nothing is looked for by the column beyond the endpoints of one workspace, so it has no index.
ALTER TABLE endpoints ADD COLUMN origin TEXT NOT NULL DEFAULT 'manual';
