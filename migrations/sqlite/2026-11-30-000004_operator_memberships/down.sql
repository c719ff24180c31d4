DELETE FROM sqlite_stat1 WHERE tbl = 'operator_memberships';
DROP TABLE operator_memberships;
DROP INDEX operators_by_address;
