"""`make chaos`: workers on real servers, under everything that breaks at once; then every promise is held against it.

material   → what is sent in, and how each file has to end      schedule → what breaks when, from a seed (pure)
servers · proxy · rig → what is broken: queue, store, database, the network between, workers with wrong clocks
faults     → breaking it      people → units that send, an operator who releases     watch → how soon a job is back
verdicts   → the promises, one figure each
"""
