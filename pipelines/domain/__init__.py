"""The domain: values and rules as data and pure functions; no module here does I/O or starts a process."""
