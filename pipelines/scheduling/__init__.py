"""Where jobs are run and who may: the line, leases, what a machine has, what becomes of a failure."""
