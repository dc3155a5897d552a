"""The rules and means of scheduling jobs: lanes, leases, the resources of a machine, retries after a failure."""
