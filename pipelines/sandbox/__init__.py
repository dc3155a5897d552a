"""Child processes: started, confined, bounded, spoken to. Whatever touches an untrusted byte runs in one."""
