DROP TABLE operator_second_factors;
