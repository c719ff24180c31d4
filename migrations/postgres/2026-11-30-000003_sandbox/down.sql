DROP TABLE sandbox_gateways;
DROP TABLE sandbox_customers;
DROP TABLE sandbox_refunds;
DROP TABLE sandbox_transactions;
DROP TABLE sandbox_payments;
DROP TABLE sandbox_numbers;
