"""The running of jobs, each to an end or back into the job queue, and the edit requests carried out on them."""
