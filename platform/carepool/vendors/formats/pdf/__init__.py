"""An order as a tagged PDF (PDF/UA-1) that a person reads and a phone scans."""
