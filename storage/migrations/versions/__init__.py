"""Hold the versions of the ledger's schema, in order. A released file is never edited."""
