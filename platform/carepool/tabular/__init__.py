"""Tables in files: reading CSV, XLSX and JSON as rows of texts, and finding out which column is which."""
