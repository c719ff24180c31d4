DROP TABLE operator_memberships;
DROP INDEX operators_by_address;
