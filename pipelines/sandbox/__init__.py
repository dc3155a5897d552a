"""The sandbox: child processes are started, confined, limited and called here; only they read untrusted bytes."""
