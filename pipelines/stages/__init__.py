"""The stages of a job, from a file to a publication: probe, plan, render, verify, publish, derive."""
