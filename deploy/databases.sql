-- run once, by the entry point of PostgreSQL's image, when its folder is empty
CREATE DATABASE ledger;
CREATE DATABASE prefect;
