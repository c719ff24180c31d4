DROP TABLE reference_documents;
