ALTER TABLE endpoints DROP COLUMN origin;
