-- By which address browsers find each program's dashboard, so that commands print links that lead there.
ALTER TABLE nodes ADD COLUMN dashboard_url text CHECK (octet_length(dashboard_url) BETWEEN 1 AND 2000);
