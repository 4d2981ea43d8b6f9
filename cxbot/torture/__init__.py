"""Proof by faults: visitors talk to real servers whose processes die, and afterwards their histories are compared with
the database. In the manner of Jepsen. Imported by its command only."""
