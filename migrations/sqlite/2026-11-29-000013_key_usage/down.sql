DROP TABLE unknown_attempts;
DROP TABLE key_hours;
