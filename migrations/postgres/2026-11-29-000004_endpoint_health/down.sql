DROP TABLE endpoint_hours;
DROP TABLE endpoint_health;
