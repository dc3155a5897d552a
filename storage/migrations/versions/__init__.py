"""The versions of the ledger's schema, in order. A file that was released is never edited."""
