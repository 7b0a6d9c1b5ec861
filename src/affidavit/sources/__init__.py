"""What Affidavit can read: one folder a product, a mapping file an OCSF class; `registry` lists them."""
