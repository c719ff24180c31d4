DELETE FROM sqlite_stat1 WHERE tbl = 'reference_documents';
DROP TABLE reference_documents;
